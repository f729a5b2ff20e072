"""Report → report: what engines and people say of the answers in it. Importing this imports no torch."""

from pathlib import Path

from tunewright.core.items import Measure
from tunewright.judge.make import check, make, names
from tunewright.judge.people.read import METRICS, SUITE
from tunewright.judge.release import Drawn, Outcome, again, for_people, from_people, of
from tunewright.recipe import Recipe

__all__ = ["Drawn", "Outcome", "again", "check", "for_people", "from_people", "make", "measures", "of"]


def measures(recipe: Recipe, folder: Path) -> dict[str, Measure]:
    """Every metric that judges and people can give a recipe's report, and how it is measured.

    `folder` is where its relative paths start. Raises Fault if a judge could not judge what the recipe measures.
    """
    check(recipe.evaluate.judges, recipe.evaluate, folder)
    return {**names(recipe.evaluate.judges), **{f"{SUITE}/{name}": how for name, how in METRICS.items()}}
