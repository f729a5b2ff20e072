"""Report → report: what engines and people say of the answers in it. Importing this imports no torch."""

from collections.abc import Sequence

from tunewright.judge.make import make, names
from tunewright.judge.people.read import METRICS, SUITE
from tunewright.judge.release import Drawn, Outcome, again, for_people, from_people, of
from tunewright.recipe import Recipe

__all__ = ["Drawn", "Outcome", "again", "for_people", "from_people", "make", "metric_names", "of"]


def metric_names(recipe: Recipe) -> Sequence[str]:
    """Every metric that judges and people can give a recipe's report. Raises Fault if two judges share a name."""
    return [*names(recipe.evaluate.judges), *(f"{SUITE}/{name}" for name in METRICS)]
