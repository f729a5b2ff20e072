"""How long a record is."""

from tunewright.data.quality.said import Said, words
from tunewright.recipe.quality import LengthSpec


def length(said: Said, spec: LengthSpec) -> float:
    """Characters or words of all turns together."""
    if spec.unit == "words":
        return float(sum(len(words(turn)) for turn in said.turns))
    return float(sum(map(len, said.turns)))
