"""Fold: case, punctuation and white space are no matter, whatever else is in the batch."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.similar import fold


def texts(batch: list[str]) -> list[str]:
    """The folded texts as text."""
    folded = fold(batch)
    joined = folded.codes.astype("uint32").tobytes().decode("utf-32-le", "surrogatepass")
    return joined.split("\0")[:-1]


@pytest.mark.parametrize(("text", "folded"), [
    ("  How do I\ttop-up?\n", "how do i topup"),
    ("Straße", "strasse"),
    ("e\u0301te\u0301", "\u00e9t\u00e9"),
    ("a . b", "a b"),
    ("$5 or £5", "5 or 5"),
    ("... !", ""),
    ("", ""),
    ("one\0two", "one two"),
])
def test_what_is_folded(text: str, folded: str) -> None:
    assert texts(["before", text, "behind"]) == ["before", folded, "behind"]


@given(st.lists(st.text(max_size=12), max_size=8))
def test_a_batch_folds_each_text_as_it_would_alone(plain: Callable[[str], str], batch: list[str]) -> None:
    assert texts(batch) == [plain(text) for text in batch]
