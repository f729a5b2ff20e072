"""Text as a person may be shown it: signs that steer, turn or hide are shown by their escapes, all else stays."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.visible import visible, whole

any_text = st.text(st.characters(exclude_categories=()))  # half characters too


@given(any_text)
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    left = set(visible(text)) - {"\n", "\t", "\u200c", "\u200d"}
    assert not [sign for sign in left if unicodedata.category(sign) in ("Cc", "Cs")]
    assert not left & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\u200e\u200f\ufeff")


@given(any_text)
def test_showing_twice_is_showing_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_letters_and_signs_of_all_scripts_stay(text: str) -> None:
    assert visible(text) == text


@given(any_text)
def test_what_is_whole_can_be_written_and_changes_no_more(text: str) -> None:
    assert whole(text).encode().decode() == whole(text) == whole(whole(text))


@given(st.text())
def test_a_text_without_half_characters_is_whole(text: str) -> None:
    assert whole(text) == text


def test_two_halves_that_belong_together_are_one() -> None:
    assert whole("\ud83d\ude00 \ud83d") == "😀 \ufffd"
