"""Where a figure lies against the bounds of its check."""

from collections.abc import Sequence
from math import inf
from typing import Any

from tunewright.recipe.quality import CheckSpec, QualitySpec

NAMES = tuple(name for name in QualitySpec.model_fields if name != "sample")
"""The checks, in the order in which they are told."""

Figures = Any
"""Numbers, one for each record, NaN where none was taken."""


def wanted(spec: QualitySpec, names: Sequence[str]) -> dict[str, CheckSpec]:
    """Those of the checks `names` that the recipe does not leave out."""
    found = {name: getattr(spec, name) for name in names}
    return {name: check for name, check in found.items() if check is not None}


def bounds(check: CheckSpec) -> tuple[float, float]:
    """The least and the most that is usual; infinite where a check has no such bound."""
    return getattr(check, "at_least", -inf), getattr(check, "at_most", inf)


def outside(check: CheckSpec, figures: Figures) -> Any:
    """Whether each figure of an array is outside the bounds; one that was not taken (NaN) is not."""
    low, high = bounds(check)
    return (figures < low) | (figures > high)


def reason(name: str, check: CheckSpec, figure: float) -> str:
    """Why a record is left out, its own words unnamed."""
    low, high = bounds(check)
    wanted_ = f"at most {high:g}" if figure > high else f"at least {low:g}"
    return f"{name.replace('_', ' ')} is {figure:.4g}, {wanted_} is wanted"
