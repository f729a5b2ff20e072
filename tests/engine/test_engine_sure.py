"""Engine hf tells how sure it was of each token, as the model's own logits say."""

import asyncio

import pytest
import torch

from tunewright.base import find, load_model, load_tokenizer
from tunewright.engine import Request
from tunewright.engine.hf import HfEngine
from tunewright.engine.sure import of, wanted
from tunewright.recipe import BaseSpec


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = HfEngine(find(BaseSpec(name="tiny"), tmp_path_factory.mktemp("base")), 4, "cpu")
    yield made
    made.close()


def pieces(engine, request):
    async def all_of():
        return [piece async for piece in engine.stream(request)]

    return asyncio.run(all_of())


def told(found):
    return [one for piece in found if piece.more for one in piece.more["logprobs"]["content"]]


@pytest.mark.parametrize(("more", "count"), [
    ({}, None), ({"logprobs": False}, None), ({"logprobs": True}, 0), ({"logprobs": True, "top_logprobs": 3}, 3),
    ({"logprobs": 0}, 0), ({"logprobs": 5}, 5)])
def test_what_is_wanted(more, count):
    assert wanted(more) == count


def test_the_likeliest_come_first_and_the_token_has_its_own():
    found = of(torch.tensor([0.0, 2.0, 1.0]), 2, 2)
    assert [token for token, _ in found.top] == [1, 2]
    assert found.logprob == pytest.approx(float(torch.tensor([0.0, 2.0, 1.0]).log_softmax(-1)[2]))


def test_log_probabilities_are_those_of_the_model(engine):
    text = "The bike is"
    found = pieces(engine, Request(prompt=text, new_tokens=6, more={"logprobs": 2}))
    parts = [piece.more["logprobs"] for piece in found if piece.more]
    tokens = [token for part in parts for token in part["tokens"]]
    assert "".join(tokens).strip() == "".join(piece.text for piece in found).strip()
    base = find(BaseSpec(name="tiny"), None)
    tokenizer, model = load_tokenizer(base), load_model(base)
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    for part in parts:
        for token, logprob, top in zip(part["tokens"], part["token_logprobs"], part["top_logprobs"], strict=True):
            with torch.no_grad():
                row = model(input_ids=torch.tensor([ids])).logits[0, -1].log_softmax(-1)
            best = int(row.argmax())
            assert logprob == pytest.approx(float(row[best]), abs=1e-4)
            assert token == tokenizer.decode([best])
            assert len(top) <= 2
            assert max(top.values()) == pytest.approx(logprob, abs=1e-4)
            ids.append(best)


def test_a_conversation_tells_bytes_and_the_likeliest(engine):
    messages = ({"role": "user", "content": "Repeat: alpha beta"},)
    found = told(pieces(engine, Request(messages=messages, new_tokens=8,
                                        more={"logprobs": True, "top_logprobs": 3})))
    assert found
    for one in found:
        assert bytes(one["bytes"]).decode() == one["token"]
        assert [other["logprob"] for other in one["top_logprobs"]] == sorted(
            (other["logprob"] for other in one["top_logprobs"]), reverse=True)
        assert len(one["top_logprobs"]) == 3


def test_nothing_is_told_unless_it_is_asked_for(engine):
    assert all(piece.more is None for piece in pieces(engine, Request(prompt="The bike", new_tokens=4)))
