"""An estimate: a figure, its 95 % interval, and how well the data refute any bound.

Every interval here is a Bayesian bootstrap with one imagined further unit at the worst end: the data's units and
that one share a random weight (Dirichlet, all ones), and the bound is a quantile of the weighted mean. This is
Gaffke's bound (Learned-Miller and Thomas, "A new confidence interval for the mean of a bounded random variable",
2019). For 0/1 values it is exactly Clopper-Pearson; for paired 0/1 answers it tests "no difference" exactly as
McNemar's exact test does; and it is never of zero width, however few or equal the values are.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

TAIL = 0.025  # chance of error on each side of an interval: 95 % between them
_CELLS = 4_000_000  # most random numbers held at once
_CHEAP = 400_000  # random numbers that cost so little that a mean takes more draws than asked
_MORE = 10  # times as many, then: of 20,000 draws the 2.5 % quantile lies between 2.3 and 2.7 %

Array = Any  # numpy.ndarray; numpy's stubs are not followed
Groups = Sequence[str | None]
Statistic = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class Estimate:
    """`value` over `n` items; `lows` and `highs` are sorted pessimistic and optimistic draws of the truth.

    `spread` is the standard deviation of one item (grouped items count with their dependence) and `units` the number
    of items and groups that vary by themselves; `floor` and `ceiling` are the least and greatest values possible
    (infinite if unbounded). `unsure` is the standard error of the square of `spread`, as a share of it: few units, or
    few among many that vary at all, say little of how much others will. `left` is the interval that endless further
    items would leave, where something else is uncertain too.
    """

    value: float
    n: int
    units: int
    lows: Array
    highs: Array
    spread: float
    floor: float
    ceiling: float
    unsure: float
    left: tuple[float, float] | None = None

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return float(self.lows[self._cut])

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return float(self.highs[len(self.highs) - 1 - self._cut])

    @property
    def _cut(self) -> int:
        return int(TAIL * len(self.lows) + 1e-9)

    def p_at_least(self, bound: float) -> float:
        """p-value against "the truth is at least `bound`"; at most TAIL exactly when `high` is below `bound`."""
        return max(int((self.highs >= bound).sum()), 1) / len(self.highs)

    def p_at_most(self, bound: float) -> float:
        """p-value against "the truth is at most `bound`"; at most TAIL exactly when `low` is above `bound`."""
        return max(int((self.lows <= bound).sum()), 1) / len(self.lows)


def mean(values: Sequence[float] | Array, groups: Groups | None = None, *, floor: float = 0.0, ceiling: float = 1.0,
         resamples: int = 2000, seed: int = 0) -> Estimate:
    """The mean of `values`, each between `floor` and `ceiling`. Items of one group (not None) are one unit.

    `resamples` is the least number of draws; where they are cheap there are more, as one more digit costs nothing.
    Unbounded values (an infinite end) get a Student t interval, robust to groups. Raises ValueError for no values.
    """
    data = np.asarray(values, dtype=float)
    if data.size == 0:
        raise ValueError("no values")
    unit = units(groups, data.size)
    return mean_of_units(np.bincount(unit, data), np.bincount(unit).astype(float), floor=floor, ceiling=ceiling,
                         resamples=resamples, seed=seed)


def mean_of_units(sums: Array, sizes: Array, *, floor: float = 0.0, ceiling: float = 1.0, resamples: int = 2000,
                  seed: int = 0) -> Estimate:
    """The mean over all items of units that are known by the sum of their items and their number."""
    n, count = int(sizes.sum()), len(sums)
    value = float(sums.sum()) / n
    squares = (sums - value * sizes) ** 2
    spread = float(np.sqrt(squares.sum() / n))
    unsure = float(np.sqrt((squares**2).sum()) / squares.sum()) if spread else 0.0
    if not (np.isfinite(floor) and np.isfinite(ceiling)):
        lows = highs = _student(value, spread, n, count, resamples)
    elif (floor, ceiling) == (0.0, 1.0) and count == n and bool(np.isin(sums, (0.0, 1.0)).all()):
        lows, highs = _binomial(int(sums.sum()), n, resamples)
    else:
        lows, highs = _bootstrap(sums, sizes, floor, ceiling, resamples, seed)
    return Estimate(value, n, count, lows, highs, spread, floor, ceiling, unsure)


def corpus(statistic: Statistic, n: int, groups: Groups | None = None, *, floor: float = 0.0, ceiling: float = 1.0,
           resamples: int = 2000, seed: int = 0) -> Estimate:
    """A statistic of a whole set, such as macro-F1: `statistic` maps item weights (draws x n) to one figure a draw.

    The imagined further unit pulls the figure to its floor or ceiling by its share of the weight.
    """
    if n == 0:
        raise ValueError("no values")
    unit = units(groups, n)
    value = float(statistic(np.ones((1, n)))[0])
    lows, highs, plain = [], [], []
    for weights, extra in gammas(np.ones(int(unit.max()) + 1), n, resamples, seed):
        spread_out = weights[:, unit]
        share = extra / (extra + weights.sum(axis=1))
        drawn = statistic(spread_out)
        plain.append(drawn)
        lows.append(drawn * (1 - share) + floor * share)
        highs.append(drawn * (1 - share) + ceiling * share)
    spread, count = float(np.concatenate(plain).std() * np.sqrt(n)), int(unit.max()) + 1
    return Estimate(value, n, count, np.sort(np.concatenate(lows)), np.sort(np.concatenate(highs)), spread, floor,
                    ceiling, sqrt(2 / count))


def units(groups: Groups | None, n: int) -> Array:
    """The number of each item's unit: items of one group share one, an item without a group is its own."""
    if groups is None:
        return np.arange(n)
    known: dict[object, int] = {}
    names = (("item", at) if group is None else ("group", group) for at, group in enumerate(groups))
    return np.asarray([known.setdefault(name, len(known)) for name in names])


def _bootstrap(sums: Array, sizes: Array, floor: float, ceiling: float, resamples: int,
               seed: int) -> tuple[Array, Array]:
    """Draws of the weighted mean of units with one further unit of mean size; equal units share one gamma."""
    distinct, counts = np.unique(np.stack([sums, sizes]), axis=1, return_counts=True)
    typical = float(sizes.mean())
    lows, highs = [], []
    draws = max(resamples, min(_MORE * resamples, _CHEAP // len(counts)))
    for weights, extra in gammas(counts, len(counts), draws, seed):
        total, weight = weights @ distinct[0], weights @ distinct[1]
        size = extra * typical
        lows.append((total + size * floor) / (weight + size))
        highs.append((total + size * ceiling) / (weight + size))
    return np.sort(np.concatenate(lows)), np.sort(np.concatenate(highs))


def gammas(counts: Array, width: int, resamples: int, seed: int) -> Iterator[tuple[Array, Array]]:
    """Gamma weights (draws x units) and the further unit's, a few draws at a time to spare memory."""
    generator = np.random.default_rng(seed)
    step = max(1, _CELLS // max(width, 1))
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        yield generator.standard_gamma(counts, (rows, len(counts))), generator.standard_exponential(rows)


def _binomial(hits: int, n: int, resamples: int) -> tuple[Array, Array]:
    """Clopper-Pearson for every level: evenly spaced quantiles of the two beta distributions."""
    from scipy.special import betaincinv

    grid = np.arange(resamples) / resamples
    lows = betaincinv(hits, n - hits + 1, grid) if hits else np.zeros(resamples)
    highs = betaincinv(hits + 1, n - hits, grid + 1 / resamples) if hits < n else np.ones(resamples)
    return lows, highs


def _student(value: float, spread: float, n: int, clusters: int, resamples: int) -> Array:
    """Evenly spaced quantiles of the t distribution; everything is possible while nothing was seen to vary."""
    from scipy.special import stdtrit

    grid = (np.arange(resamples) + 0.5) / resamples
    if clusters < 2 or spread == 0.0:
        return np.where(grid < 0.5, -np.inf, np.inf)
    error = spread / np.sqrt(n) * np.sqrt(clusters / (clusters - 1))
    return value + error * stdtrit(clusters - 1, grid)
