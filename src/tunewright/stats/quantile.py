"""Quantiles, such as the seconds that 95 % of answers take at most, with the interval of the order statistics.

Units and one imagined further one at the worst end share a random weight, as in `estimate`; the draw is the weighted
quantile. For values that vary by themselves the ends are those of the exact binomial interval (David and Nagaraja,
"Order Statistics", 2003, section 7.1); too few items for a far quantile leave its upper end open (infinite).
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from tunewright.stats.estimate import Array, Estimate, Groups, gammas, units


def plain(values: Sequence[float], share: float) -> float:
    """The least value that at least `share` (0 to 1) of the values do not exceed."""
    return float(np.quantile(np.asarray(values, dtype=float), share, method="inverted_cdf"))


def quantile(values: Sequence[float], share: float, groups: Groups | None = None, *, ceiling: float = np.inf,
             resamples: int = 2000, seed: int = 0) -> Estimate:
    """The quantile of values between 0 and `ceiling`. Raises ValueError for no values."""
    lows, highs, bare = _draws(values, share, groups, ceiling, resamples, seed)
    return _estimate(plain(values, share), bare, lows, highs, groups, len(values), 0.0, ceiling)


def quantile_difference(ours: Sequence[float], theirs: Sequence[float], share: float, groups: Groups | None = None, *,
                        ceiling: float = np.inf, resamples: int = 2000, seed: int = 0) -> Estimate:
    """The quantile of `ours` less that of `theirs`, items paired: both are drawn with the same weights."""
    first = _draws(ours, share, groups, ceiling, resamples, seed)
    second = _draws(theirs, share, groups, ceiling, resamples, seed)
    with np.errstate(invalid="ignore"):
        lows, highs = first[0] - second[1], first[1] - second[0]
    value = plain(ours, share) - plain(theirs, share)
    return _estimate(value, first[2] - second[2], np.nan_to_num(lows, nan=-ceiling), np.nan_to_num(highs, nan=ceiling),
                     groups, len(ours), -ceiling, ceiling)


def _draws(values: Sequence[float], share: float, groups: Groups | None, ceiling: float, resamples: int,
           seed: int) -> tuple[Array, Array, Array]:
    """Draws of the quantile with the further unit at nought, at `ceiling`, and without it; in the order drawn."""
    data = np.asarray(values, dtype=float)
    if data.size == 0:
        raise ValueError("no values")
    unit = units(groups, data.size)
    order = np.argsort(data, kind="stable")
    ranked, unit = data[order], unit[order]
    typical = data.size / (int(unit.max()) + 1)  # items of the further unit
    lows, highs, bare = [], [], []
    for weights, extra in gammas(np.ones(int(unit.max()) + 1), data.size, resamples, seed):
        below = weights[:, unit].cumsum(axis=1)
        whole, more = below[:, -1:], extra[:, None] * typical
        wanted = share * (whole + more)
        lows.append(np.where(more[:, 0] >= wanted[:, 0], 0.0, _first(ranked, below + more >= wanted, ceiling)))
        highs.append(_first(ranked, below >= wanted, ceiling))
        bare.append(_first(ranked, below >= share * whole * (1 - 1e-12), ceiling))
    return np.concatenate(lows), np.concatenate(highs), np.concatenate(bare)


def _first(ranked: Array, enough: Array, otherwise: float) -> Array:
    """The first value at which there is enough weight, in each draw."""
    return np.where(enough.any(axis=1), ranked[enough.argmax(axis=1)], otherwise)


def _estimate(value: float, bare: Array, lows: Array, highs: Array, groups: Groups | None, n: int, floor: float,
              ceiling: float) -> Estimate:
    spread, count = float(bare.std() * np.sqrt(n)), int(units(groups, n).max()) + 1
    return Estimate(value, n, count, np.sort(lows), np.sort(highs), spread, floor, ceiling, sqrt(2 / count))
