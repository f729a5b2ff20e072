"""Whether two samples come from one population: of categories, of numbers, of vectors.

Each gives a p-value and a size that does not grow with the sample, since with enough data every difference is sure.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import isnan, log
from typing import Any

import numpy as np
from scipy import stats

_LEAST = 5  # expected in a cell of the χ² test; rarer categories go together
_DRAWS = 500


@dataclass(frozen=True)
class Shift:
    """`size` says how far apart: population stability index, Kolmogorov-Smirnov's D, or the distance of means in
    spreads."""

    size: float
    p: float


def categories(before: Sequence[Hashable], now: Sequence[Hashable]) -> Shift:
    """Population stability index of two samples of categories, and the χ² test of independence.

    Categories that are rare in both together are one. 0.1 is commonly called a shift, 0.25 a large one.
    """
    counts = Counter(before), Counter(now)
    total = counts[0] + counts[1]
    whole = len(before) + len(now)
    least = _LEAST * whole / max(1, min(len(before), len(now)))
    common = sorted((one for one, count in total.items() if count >= least), key=repr)
    table = np.array([[count[one] for one in common] for count in counts], dtype=float)
    rest = np.array([[len(before)], [len(now)]], dtype=float) - table.sum(axis=1, keepdims=True)
    if rest.sum():
        table = np.hstack([table, rest])
    shares = (table + 0.5) / (table + 0.5).sum(axis=1, keepdims=True)
    size = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    p = float(stats.chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
    return Shift(size, p)


def numbers(before: Sequence[float], now: Sequence[float]) -> Shift:
    """Kolmogorov and Smirnov's test of two samples, by its limit: the exact one fails on some, and with a warning."""
    found = stats.ks_2samp(before, now, method="asymp")
    return Shift(float(found.statistic), float(found.pvalue))


def shares(before: Sequence[float], now: Sequence[float]) -> Shift:
    """Two shares of yes (1) and no (0); the size is their difference."""
    table = [[sum(side), len(side) - sum(side)] for side in (before, now)]
    size = abs(table[1][0] / len(now) - table[0][0] / len(before))
    return Shift(float(size), float(stats.fisher_exact(table).pvalue))


def levels(before: Sequence[float], now: Sequence[float]) -> Shift:
    """Figures of few values, such as ratings: Mann and Whitney's test; the size is the difference of means."""
    p = float(stats.mannwhitneyu(before, now, method="asymptotic").pvalue)
    size = abs(sum(now) / len(now) - sum(before) / len(before))
    return Shift(float(size), 1.0 if isnan(p) else p)


def vectors(before: Any, now: Any, seed: int = 0) -> Shift:
    """Maximum mean discrepancy of two samples of vectors (n x d and m x d) with a Gaussian kernel.

    Gretton, Borgwardt, Rasch, Schölkopf and Smola, "A kernel two-sample test", 2012; the kernel's width is the median
    distance. The p-value is from a gamma distribution with the mean and variance of permutations, whose own least is
    too large for many looks. The size is the distance of the means in units of the mean distance from them.
    """
    first, second = np.asarray(before, dtype=float), np.asarray(now, dtype=float)
    both = np.vstack([first, second])
    squares = (both**2).sum(axis=1)
    distances = np.maximum(squares[:, None] + squares[None, :] - 2 * both @ both.T, 0.0)
    width = float(np.median(distances[np.triu_indices(len(both), 1)])) or 1.0
    kernel = np.exp(-distances / width)
    signs = np.concatenate([np.full(len(first), 1 / len(first)), np.full(len(second), -1 / len(second))])
    dice = np.random.default_rng(seed)
    drawn = np.array([dice.permutation(signs) for _ in range(_DRAWS)])
    found = float(signs @ kernel @ signs)
    null = ((drawn @ kernel) * drawn).sum(axis=1)
    mean, variance = float(null.mean()), float(null.var()) or 1e-300
    p = float(stats.gamma.sf(found, mean**2 / variance, scale=variance / mean)) if mean > 0 else 1.0
    apart = float(np.linalg.norm(second.mean(axis=0) - first.mean(axis=0)))
    spread = float(np.sqrt(((first - first.mean(axis=0)) ** 2).sum(axis=1).mean())) or 1.0
    return Shift(apart / spread, p)


def spent(alpha: float, look: int) -> float:
    """The part of `alpha` that look number `look` (from 1) may spend, so that all looks ever spend no more than it.

    Falls slowly: 1 / (k · ln²(k + 1)), whose sum is finite.
    """
    return alpha * _WEIGHT / (look * log(look + 1) ** 2)


_WEIGHT = 1 / 3.388  # over the sum of all looks
