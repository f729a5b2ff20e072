"""What is kept of prompts' beginnings: found again by the same model only, in bounded memory."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tunewright.engine import Request
from tunewright.engine.beginnings import BLOCK, Beginnings, joined
from tunewright.engine.hf import HfEngine

SIZE = 2 * BLOCK * 4 * 2 * 4  # bytes of a block: keys and values, of 2 heads and width 4, in 32 bits


def made(model, ids):
    """Keys and values that tell of which model and tokens they are: each is the sum of what stands before."""
    sums = torch.tensor(ids).cumsum(0).float() + 1000 * sum(map(ord, model))
    keys = sums[None, :, None].expand(2, -1, 4)
    return [(keys, -keys)]


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.lists(st.integers(0, 1), max_size=70)), max_size=8),
       st.integers(0, 9))
def test_what_is_found_is_what_the_model_made_of_those_tokens_and_memory_is_bounded(prompts, blocks):
    held = Beginnings(blocks * SIZE)
    for model, ids in prompts:
        found = held.find(model, ids)
        assert len(found) * BLOCK <= max(0, len(ids) - 1)
        for (keys, values), (own, other) in zip(joined(found, len(found) * BLOCK) or [], made(model, ids),
                                                strict=False):
            assert torch.equal(keys, own[:, :len(found) * BLOCK])
            assert torch.equal(values, other[:, :len(found) * BLOCK])
        if ids:
            held.keep(model, ids, made(model, ids))
        assert held.size <= blocks * SIZE


def test_a_beginning_is_found_by_its_model_only():
    held = Beginnings(100 * SIZE)
    ids = [*range(3 * BLOCK)]
    held.keep("a", ids, made("a", ids))
    assert [len(held.find(model, [*ids, 7])) for model in ("a", "b", "")] == [3, 0, 0]
    held.forget("b")
    assert len(held.find("a", [*ids, 7])) == 3
    held.forget("a")
    assert (len(held.find("a", [*ids, 7])), held.size) == (0, 0)


def test_the_least_recently_used_goes_first_and_the_end_of_a_prompt_before_its_beginning():
    held = Beginnings(4 * SIZE)
    first, second, third = ([number] * 2 * BLOCK for number in (1, 2, 3))
    for ids in (first, second):
        held.keep("a", ids, made("a", ids))
    held.find("a", [*first, 0])
    held.keep("a", third[:BLOCK], made("a", third[:BLOCK]))
    assert [len(held.find("a", [*ids, 0])) for ids in (second, first, third)] == [1, 2, 1]


SYSTEM = {"role": "system", "content": "Answer as a bank's clerk would, in few words and kindly."}


def conversation(engine, model, turns=3):
    """Answers of a conversation that grows."""
    messages, said = [SYSTEM], []
    for at in range(turns):
        messages.append({"role": "user", "content": f"and then, {at}?"})
        [answer] = engine.generate([Request(messages=tuple(messages), model=model, new_tokens=10)])
        said.append((answer.text, answer.tokens_in, answer.tokens_out, answer.finish))
        messages.append({"role": "assistant", "content": answer.text})
    return said


@pytest.fixture(scope="module")
def plain(random_base, adapters):
    """An engine that keeps nothing."""
    engine = HfEngine(random_base, batch=4, held=0)
    for digest, folder in adapters.items():
        engine.load(digest, folder, adapter=True)
    yield engine
    engine.close()


def test_answers_are_the_same_with_beginnings_kept_and_without_for_every_model(random_base, adapters, plain):
    engine = HfEngine(random_base, batch=4)
    for digest, folder in adapters.items():
        engine.load(digest, folder, adapter=True)
    for model in (None, *adapters, None, *adapters):  # the second time all is known
        assert conversation(engine, model) == conversation(plain, model)
    engine.close()


def test_rows_that_know_much_little_and_nothing_of_their_prompts_join_together(random_base, adapters, plain):
    engine = HfEngine(random_base, batch=16)
    digest, folder = next(iter(adapters.items()))
    engine.load(digest, folder, adapter=True)
    asked = [Request(messages=(SYSTEM, {"role": "user", "content": "more " * at}), model=model, new_tokens=8)
             for at in range(5) for model in (None, digest)]
    asked.append(Request(prompt="x", new_tokens=8))
    engine.generate(asked[::3])
    assert [one.text for one in engine.generate(asked)] == [plain.generate([one])[0].text for one in asked]
    engine.close()
