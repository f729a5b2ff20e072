"""From figures to findings: each check's bounds held against the records that are kept."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tunewright.data.quality.bounds import NAMES, Figures, outside, wanted
from tunewright.data.quality.told import Findings, Told, Trigger
from tunewright.recipe.quality import QualitySpec


def findings(spec: QualitySpec, figures: Mapping[str, Figures], dropped: Mapping[str, int],
             triggers: Sequence[Trigger] = (), looked: int = 0, wrong: float | None = None) -> Findings:
    """The findings over `figures`, a column for each check over the records that are kept, NaN where none was taken."""
    told = []
    for name, check in wanted(spec, NAMES).items():
        column = np.asarray(figures.get(name, ()), np.float64)
        column = column[~np.isnan(column)]
        three = [round(float(value), 4) for value in np.quantile(column, (0, 0.5, 1))] if len(column) else [None] * 3
        told.append(Told(name, _bounds(check), check.action, len(column), int(outside(check, column).sum()),
                         dropped.get(name, 0), *three))
    return Findings(tuple(told), tuple(triggers), looked, wrong)


def dropped(reasons: Iterable[str]) -> Counter[str]:
    """How many records each check left out, by the reasons that `bounds.reason` gave."""
    return Counter(reason.partition(" is ")[0].replace(" ", "_") for reason in reasons)


def _bounds(check: Any) -> str:
    sides = [f"{word} {getattr(check, name):g}" for word, name in (("at least", "at_least"), ("at most", "at_most"))
             if hasattr(check, name)]
    return ", ".join(sides)
