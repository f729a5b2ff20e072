"""A text is read with digits and signs of every script, place by place."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.pii import make
from tunewright.pii.plain import plain
from tunewright.recipe.pii import PiiSpec


@given(st.text())
def test_no_character_moves(text: str) -> None:
    read = plain(text)
    assert len(read) == len(text)
    assert all(one == other or not other.isascii() for one, other in zip(read, text, strict=True))


@given(st.characters(categories=["Nd"], max_codepoint=0x1FFFF))
def test_every_digit_becomes_its_value(digit: str) -> None:
    assert plain(digit) == str(unicodedata.decimal(digit))


@pytest.mark.parametrize("text", ["４１１１１１１１１１１１１１１１",
                                  "٤١١١١١١١١١١١١١١١", "4111\u00a01111\u202f1111\u00a01111",
                                  "4111‑1111‑1111‑1111", "𝟜𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙"])
def test_a_card_is_a_card_in_any_of_them(text: str) -> None:
    assert make(PiiSpec()).safe(f"pay {text} now")[0] == "pay [CARD] now"
