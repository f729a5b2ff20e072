"""Candidates: others than the secret, each once; rows that differ in the secret alone, scored there alone."""

from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunewright.base import find, load_tokenizer
from tunewright.core.canaries import Planted, Shape, parse
from tunewright.engine.chat import Chat, Rendered
from tunewright.evaluate.privacy.canaries import alternatives, rows
from tunewright.recipe import BaseSpec

FORM = parse("The code of locker {canary} is {digits:4}.")


@cache
def chat() -> Chat:
    return Chat(load_tokenizer(find(BaseSpec(name="tiny"), Path())))


def planted(shape: Shape, text: str = "The code of locker {canary} is {digits:4}.") -> Planted:
    return Planted(text, 1, shape, (4594,), ("id",))


def scored(row: Rendered) -> str:
    said: str = chat().tokenizer.decode([token for token, on in zip(row.ids, row.mask, strict=True) if on])
    return said.strip()


@given(st.integers(0, FORM.space - 1), st.integers(1, 20_000), st.integers(0, 9))
def test_candidates_are_all_others_or_as_many_as_asked_for_and_never_the_secret(secret: int, most: int,
                                                                                seed: int) -> None:
    others = alternatives(FORM, secret, most, seed)
    assert len(others) == len(set(others)) == min(most, FORM.space - 1)
    assert secret not in others
    assert 0 <= min(others) <= max(others) < FORM.space
    assert others == alternatives(FORM, secret, most, seed)


def test_every_other_secret_is_drawn_alike_often() -> None:
    form = parse("{canary}: {digits:1}")
    drawn = np.bincount([number for seed in range(3000) for number in alternatives(form, 4, 3, seed)], minlength=10)
    assert drawn[4] == 0
    assert np.delete(drawn, 4).min() > 850  # of 1,000 expected


def test_the_secret_alone_is_scored_in_the_words_of_the_record() -> None:
    for shape in ("conversations", "text"):
        first, other = rows(planted(shape), 3, [4594, 17], chat())  # type: ignore[arg-type]
        assert [scored(row) for row in (first, other)] == ["4594", "0017"]
        assert "locker 3 is" in chat().tokenizer.decode(first.ids)


def test_made_up_words_are_scored_to_their_end() -> None:
    text = "The name of {canary} is {words:2}"
    form = parse(text)
    found = rows(planted("conversations", text), 1, [1, 2, 4_901], chat())
    assert [scored(row) for row in found] == [form.secret(number) for number in (1, 2, 4_901)]
    assert len({tuple(row.ids) for row in found}) == 3
