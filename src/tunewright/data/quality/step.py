"""The checks that need one record only, as a step of preparation."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from tunewright.data.quality.boilerplate import boilerplate
from tunewright.data.quality.bounds import bounds, reason, wanted
from tunewright.data.quality.injection import injection
from tunewright.data.quality.language import language
from tunewright.data.quality.length import length
from tunewright.data.quality.repetition import repetition
from tunewright.data.quality.role_tokens import role_tokens
from tunewright.data.quality.said import Said, said
from tunewright.data.step import LeftOut, Prepared, Step
from tunewright.recipe.quality import CheckSpec, QualitySpec

KINDS: dict[str, Callable[[Said, Any], float]] = {
    "length": length, "language": language, "repetition": lambda turns, _: repetition(turns),
    "boilerplate": lambda turns, _: boilerplate(turns), "role_tokens": lambda turns, _: role_tokens(turns),
    "injection": lambda turns, _: injection(turns)}
"""What measures a record by itself: from its turns and the check's spec to a figure."""


def step(spec: QualitySpec) -> Step:
    """The step that measures each record and leaves out what a check with `action: drop` finds outside its bounds."""
    return partial(_measured, tuple((name, check, *bounds(check))
                                    for name, check in wanted(spec, tuple(KINDS)).items()))


def _measured(checks: Sequence[tuple[str, CheckSpec, float, float]], one: Prepared) -> Prepared | LeftOut:
    turns, scores = said(one.example), dict(one.scores)
    for name, check, low, high in checks:
        scores[name] = figure = round(KINDS[name](turns, check), 4)
        if not low <= figure <= high and check.action == "drop":
            return LeftOut("quality", reason(name, check, figure))
    return replace(one, scores=scores)
