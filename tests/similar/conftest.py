"""Alphabets small enough that texts resemble each other, and a Jaccard similarity written as its definition."""

import unicodedata
from collections.abc import Callable

import pytest

from tunewright.recipe.duplicates import CharactersSpec, Shingle

Alike = Callable[[str, str, Shingle], float]


def plain(text: str) -> str:
    """What `fold` says of a text, one character after another."""
    whole = unicodedata.normalize("NFC", text.replace("\0", " ")).casefold()
    spaced = (" " if one.isspace() else one for one in whole)
    return " ".join("".join(one for one in spaced if one == " " or _seen(unicodedata.category(one))).split())


def _seen(category: str) -> bool:
    return category[0] not in "PS" and category not in ("Cc", "Cf")


def pieces(text: str, shingle: Shingle) -> set[str]:
    """The shingles of a text as strings."""
    if isinstance(shingle, CharactersSpec):
        units, length = list(plain(text)), shingle.characters
    else:
        units, length = plain(text).split(), shingle.words
    joint = "" if isinstance(shingle, CharactersSpec) else " "
    return {joint.join(units[at:at + length]) for at in range(max(1, len(units) - length + 1))} if units else set()


@pytest.fixture(name="plain", scope="session")
def _plain() -> Callable[[str], str]:
    return plain


@pytest.fixture(scope="session")
def alike() -> Alike:
    """The Jaccard similarity of two texts by the definition; 0 for two empty ones."""
    def similarity(one: str, other: str, shingle: Shingle) -> float:
        left, right = pieces(one, shingle), pieces(other, shingle)
        return len(left & right) / len(left | right) if left | right else 0.0
    return similarity
