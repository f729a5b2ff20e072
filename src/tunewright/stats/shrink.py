"""Shrinkage: the figure of a small part, drawn towards the whole by as much as it is noise.

Empirical Bayes with normal errors (Efron and Morris, 1975): true figures of the parts lie around a common centre with
a spread that is estimated from all of them (Paule and Mandel, 1982), and each part's figure counts by its share of
that spread in its total variance. The interval is Morris's ("Parametric empirical Bayes inference", 1983): it is wider
by what the centre and the spread leave open.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from tunewright.stats.estimate import Array

_WIDE = 1.959964  # standard errors on each side of a 95 % interval
_STEPS = 100


@dataclass(frozen=True)
class Shrunk:
    """A part's figure after shrinkage, with its 95 % interval; `weight` is how much of its own figure it keeps."""

    value: float
    low: float
    high: float
    weight: float


def shrink(values: Array, errors: Array) -> list[Shrunk]:
    """Each part's figure drawn to the centre of all. `errors` are the standard errors of `values`, all above nought.

    With fewer than four parts the spread cannot be told: figures then stay as they are.
    """
    figures, variances = np.asarray(values, dtype=float), np.asarray(errors, dtype=float) ** 2
    count = len(figures)
    if count < 4:
        return [Shrunk(float(one), float(one - _WIDE * error), float(one + _WIDE * error), 1.0)
                for one, error in zip(figures, np.sqrt(variances), strict=True)]
    between = spread(figures, variances)
    weights = 1 / (between + variances)
    centre = float(weights @ figures / weights.sum())
    # Morris's factor: shrinking by the full estimated share would shrink too much on average.
    noise = (count - 3) / (count - 1) * variances * weights
    gaps = figures - centre
    drawn = figures - noise * gaps
    common = float((weights * variances).sum() / weights.sum())  # the mean error variance, weighed
    doubt = 2 / (count - 3) * noise**2 * gaps**2 * (common + between) / (variances + between)
    total = variances * (1 - noise * (count - weights / weights.mean()) / count) + doubt
    return [Shrunk(float(one), float(one - _WIDE * wide), float(one + _WIDE * wide), float(1 - share))
            for one, wide, share in zip(drawn, np.sqrt(np.maximum(total, 0)), noise, strict=True)]


def spread(figures: Array, variances: Array) -> float:
    """The variance of the true figures between parts: what makes the weighted squares as large as their number says.

    Nought where the figures lie no further apart than their errors explain.
    """
    def excess(between: float) -> float:
        weights = 1 / (between + variances)
        centre = weights @ figures / weights.sum()
        return float((weights * (figures - centre) ** 2).sum()) - (len(figures) - 1)

    low, high = 0.0, float(np.var(figures)) * len(figures) + 1e-12
    if excess(low) <= 0:
        return 0.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return low


def error(spread_of_item: float, n: int, size: float) -> float:
    """The standard error of a part of `n` items by the spread of one item in the whole; never nought.

    A part's own spread would be nought where all its few items came out the same. `size` is the items of a unit: at
    least one unit's share of the scale may be out there.
    """
    return sqrt(max(spread_of_item**2, size / (n + size) / 4) / n)
