"""What a recipe may say about duplicates."""

from typing import Any

import pytest
from pydantic import ValidationError

from tunewright.recipe.duplicates import CharactersSpec, DuplicatesSpec, WordsSpec


@pytest.mark.parametrize(("said", "meant"), [
    ({}, CharactersSpec(characters=4)), ({"shingle": {"characters": 3}}, CharactersSpec(characters=3)),
    ({"shingle": {"words": 5}}, WordsSpec(words=5))])
def test_shingles_are_of_characters_or_of_words(said: Any, meant: object) -> None:
    assert DuplicatesSpec.model_validate(said).shingle == meant


@pytest.mark.parametrize("said", [{"near": 0.4}, {"near": 1}, {"leaks": "keep"}, {"shingle": {"words": 0}},
                                  {"shingle": {"words": 5, "characters": 4}}])
def test_what_makes_no_sense_is_refused(said: Any) -> None:
    with pytest.raises(ValidationError):
        DuplicatesSpec.model_validate(said)


def test_unless_asked_only_equal_texts_are_the_same() -> None:
    assert DuplicatesSpec().near is None
