"""Members: what is asked of a record, and that "word for word" is what the model would really write."""

from collections.abc import Iterator, Sequence
from math import log
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.base import find, load_tokenizer
from tunewright.core.examples import Example, make_example
from tunewright.engine import Likelihood, Request
from tunewright.engine.chat import Chat, Rendered
from tunewright.engine.hf import HfEngine
from tunewright.evaluate import general
from tunewright.evaluate.privacy.members import drawn, known, likeness
from tunewright.recipe import BaseSpec

BASE = BaseSpec(name="tiny")


@pytest.fixture(scope="module")
def engine() -> Iterator[HfEngine]:
    engine = HfEngine(find(BASE, Path()), 8, "cpu")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def chat() -> Chat:
    return Chat(load_tokenizer(find(BASE, Path())))


def example(asked: str, answer: str) -> Example:
    return make_example(messages=({"role": "user", "content": asked}, {"role": "assistant", "content": answer}))


def test_word_for_word_is_what_the_model_writes_greedily(engine: HfEngine, chat: Chat) -> None:
    asked = [question.messages for question in general.questions() if question.task in ("copy", "pick")][::9]
    said = engine.generate([Request(messages=one, new_tokens=64) for one in asked])
    # The same text may be written in other tokens than the tokenizer's; that is not counted, and is rare.
    usual = [(one, told.text) for one, told in zip(asked, said, strict=True)
             if len(chat.tokenizer(told.text)["input_ids"]) + 1 == told.tokens_out]
    assert len(usual) > 0.8 * len(asked)
    for end, verbatim in (("", True), ("z", False)):
        examples = [make_example(messages=(*one, {"role": "assistant", "content": text + end})) for one, text in usual]
        found = known(examples, 64, 0.2, 2048, chat, engine.likelihoods)
        assert [found[one.id].verbatim for one in examples] == [verbatim] * len(examples)


def test_only_so_many_tokens_need_to_be_word_for_word(engine: HfEngine, chat: Chat) -> None:
    asked = next(question.messages for question in general.questions() if question.task == "copy")
    text = engine.generate([Request(messages=asked, new_tokens=64)])[0].text
    longer = make_example(messages=(*asked, {"role": "assistant", "content": f"{text} unlike anything"}))
    tokens = len(chat.tokenizer(text)["input_ids"])
    assert [known([longer], most, 0.2, 2048, chat, engine.likelihoods)[longer.id].verbatim
            for most in (tokens, tokens + 9)] == [True, False]


def test_losses_and_the_least_likely_tokens_are_means_of_what_the_engine_says(chat: Chat) -> None:
    def ask(rows: Sequence[Rendered]) -> list[Likelihood]:
        counts = [sum(row.mask[1:]) for row in rows]
        return [Likelihood(sum(range(count)), count, False, tuple(map(float, range(count)))) for count in counts]

    one = example("How many?", "Ten times ten.")
    tokens = sum(chat.example_ids(one.messages, None, "last").mask)
    found = known([one], 50, 2 / tokens, 2048, chat, ask)[one.id]
    assert found.loss == pytest.approx((tokens - 1) / 2)
    assert found.least == pytest.approx(tokens - 1.5)


def test_the_second_half_of_a_text_is_compared_and_what_is_too_long_is_left_out(chat: Chat) -> None:
    asked: list[Rendered] = []

    def ask(rows: Sequence[Rendered]) -> list[Likelihood]:
        asked.extend(rows)
        return [Likelihood(1.0, 1, True, (1.0,)) for _ in rows]

    text, long = make_example(text="one two three four five six"), make_example(text="many words " * 50)
    assert set(known([text, long], 3, 0.2, 40, chat, ask)) == {text.id}
    whole, after = asked
    scored = [at for at, on in enumerate(whole.mask) if on and at]
    assert [at for at, on in enumerate(after.mask) if on] == scored[3:6]
    assert after.ids == whole.ids


@given(st.integers(1, 30), st.integers(0, 5))
def test_records_are_drawn_once_each_in_their_order(most: int, seed: int) -> None:
    examples = [example(f"{number % 20}?", "yes") for number in range(25)]
    found = drawn(examples, most, seed)
    assert len({one.id for one in found}) == len(found) == min(most, 20)
    assert found == drawn(examples, most, seed)
    places = [examples.index(one) for one in found]
    assert places == sorted(places)


@given(st.floats(0.01, 10), st.floats(0.01, 10), st.floats(0.01, 10))
def test_likeness_rises_as_the_loss_falls_and_is_measured_in_the_base_s(loss: float, before: float,
                                                                      scale: float) -> None:
    assert likeness(loss / 2, before) > likeness(loss, before)
    assert log(-likeness(loss * scale, before * scale)) == pytest.approx(log(-likeness(loss, before)))
    assert likeness(loss, None) == -loss
