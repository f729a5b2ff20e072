"""The `data.duplicates` section: which records count as the same, and what becomes of them."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from tunewright.recipe.spec import Spec


class CharactersSpec(Spec):
    """Shingles of characters: short texts, and languages that write no spaces."""

    characters: Annotated[int, Field(ge=1, le=32)] = 4
    """Characters in a shingle."""


class WordsSpec(Spec):
    """Shingles of words: long texts."""

    words: Annotated[int, Field(ge=1, le=32)] = 5
    """Words in a shingle."""


def _unit(value: Any) -> str:
    """Which unit is meant, so that a fault speaks of that one only."""
    return "words" if isinstance(value, WordsSpec) or (isinstance(value, dict) and "words" in value) else "characters"


Shingle = Annotated[
    Annotated[CharactersSpec, Tag("characters")] | Annotated[WordsSpec, Tag("words")],
    Discriminator(_unit),
]


class DuplicatesSpec(Spec):
    """Which records are learned once only, and what happens where the examination would be learned."""

    near: Annotated[float, Field(ge=0.5, lt=1)] | None = None
    """Jaccard similarity of shingles from which two texts count as nearly the same; unless given, only equal ones."""
    shingle: Shingle = CharactersSpec()
    """What is compared: `{characters: 4}` or `{words: 5}`."""
    leaks: Literal["drop", "fail"] = "drop"
    """Records of train that validation, test or a suite also asks: drop them from train, or stop and name them."""
