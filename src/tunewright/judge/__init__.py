"""Report → report: what engines and people say of the answers in it. Importing this imports no torch."""

from collections.abc import Sequence
from pathlib import Path

from tunewright.judge.make import check, make, names
from tunewright.judge.people.read import METRICS, SUITE
from tunewright.judge.release import Drawn, Outcome, again, for_people, from_people, of
from tunewright.recipe import Recipe

__all__ = ["Drawn", "Outcome", "again", "check", "for_people", "from_people", "make", "metric_names", "of"]


def metric_names(recipe: Recipe, folder: Path) -> Sequence[str]:
    """Every metric that judges and people can give a recipe's report.

    `folder` is where its relative paths start. Raises Fault if a judge could not judge what the recipe measures.
    """
    check(recipe.evaluate.judges, recipe.evaluate, folder)
    return [*names(recipe.evaluate.judges), *(f"{SUITE}/{name}" for name in METRICS)]
