"""How far a distribution moved from one dataset to another."""

from collections import Counter
from dataclasses import dataclass
from math import pi, sqrt

Tally = Counter[str]
"""How many records have each value."""

QUALITY = "quality."
"""What the name of a figure of quality begins with."""

_SHOWN = 3


@dataclass(frozen=True)
class Share:
    """One value's share of the records, before and after."""

    value: str
    before: float
    after: float


@dataclass(frozen=True)
class Distribution:
    """How the records are spread over the values of one figure, and how far that moved.

    `distance` is the total variation: the share of the records that would need another value, from 0 to 1. `chance`
    is what it would be on average if both datasets were drawn at random from one population; less than that says
    nothing. `shifts` are the values that moved most.
    """

    name: str
    distance: float
    chance: float
    shifts: tuple[Share, ...]


def distribution(name: str, before: Tally, after: Tally) -> Distribution:
    """How far `after` is from `before`; an empty tally is as far as can be from any other."""
    n, m = before.total(), after.total()
    shares = [Share(value, before[value] / max(n, 1), after[value] / max(m, 1))
              for value in dict.fromkeys([*before, *after])]
    distance = sum(abs(one.after - one.before) for one in shares) / 2 if n and m else float(n != m)
    moved = [one for one in shares if one.after != one.before]
    shifts = sorted(moved, key=lambda one: (-round(abs(one.after - one.before), 9), one.value))
    return Distribution(name, round(distance, 6), round(_chance(before + after, n, m), 6), tuple(shifts[:_SHOWN]))


def _chance(both: Tally, n: int, m: int) -> float:
    """Mean total variation of two samples of sizes `n` and `m` of one population, each share as good as normal."""
    if not n or not m:
        return 0.0
    spread = sum(sqrt(share * (1 - share)) for share in (count / (n + m) for count in both.values()))
    return min(1.0, sqrt(2 / pi * (1 / n + 1 / m)) * spread / 2)
