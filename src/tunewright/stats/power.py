"""Power: how many items would decide a rule, if further ones were like those at hand."""

from math import ceil, isfinite, log, sqrt
from statistics import NormalDist

from tunewright.stats.estimate import TAIL, Estimate

CHANCE = 0.8
"""So often do the items asked for decide all rules together."""
_MOST = 10_000_000


def needs(estimate: Estimate, bound: float, *, rules: int = 1, neutral: float | None = None) -> int | None:
    """Items that would put `bound` outside the 95 % interval, with a chance of 80 % for `rules` such rules together.

    The truth is taken to be `neutral` (no change) if the interval holds it and it would do, else the figure. From n to
    N items the interval shrinks by sqrt(n/N), and the pull of its imagined further unit by n/N; the figure itself may
    come out worse by chance. None if no number would do (the truth lies on the bound, nothing bounds the interval, or
    the bound lies in what endless items would leave) or it is beyond ten million.
    """
    truth = estimate.value
    if neutral is not None and neutral != bound and estimate.low <= neutral <= estimate.high:
        truth = neutral
    near = truth
    if estimate.left and truth == estimate.value:
        near = min(truth, max(estimate.left[0], bound)) if bound < truth else max(truth, min(estimate.left[1], bound))
    distance = abs(near - bound)
    end = estimate.floor if bound < truth else estimate.ceiling
    if distance < 1e-9 or not (isfinite(estimate.low) and isfinite(estimate.high)):
        return None
    width = NormalDist().inv_cdf(1 - TAIL) + NormalDist().inv_cdf(CHANCE ** (1 / rules))
    reach = abs(truth - end) if isfinite(end) else 0.0
    size = estimate.n / estimate.units
    slow, pull = width * _spread(estimate, reach, size), reach * size
    if not slow:
        return None
    root = (sqrt(slow**2 + 4 * pull * distance) - slow) / (2 * pull) if pull else distance / slow
    count = max(root**-2, _least(distance, reach) * size)
    return ceil(count) if count < _MOST else None


def _least(distance: float, reach: float) -> float:
    """Items that it takes even if all are equal: the imagined one alone holds the bound so far back."""
    return log(TAIL) / log(1 - distance / reach) if distance < reach else 1.0


def _spread(estimate: Estimate, reach: float, size: float) -> float:
    """The standard deviation of one item, with more taken for granted than was seen where little was.

    A plan on a variance that came out small by luck asks for too little, and what a lucky large one asks for more does
    not make up for it. So it stands on a variance that the true one exceeds once in five (assurance; O'Hagan, Stevens
    and Campbell, "Assurance in clinical trial design", 2005), and at least one more unit (of `size` items, some of
    which go one way) may be out there.
    """
    others = max(estimate.units - 1, 1)
    seen = estimate.spread**2 * estimate.n * estimate.units / others
    seen *= _assured(max(estimate.unsure, sqrt(2 / others)))
    if not reach:
        return sqrt(seen / estimate.n)
    return reach * sqrt((seen / reach**2 + 1.5 * size) / estimate.n)


def _assured(unsure: float) -> float:
    """How much greater than its estimate a variance may be, four times in five, by that estimate's relative error.

    As for a chi-square of 2 / unsure² degrees of freedom, by Wilson and Hilferty's cube root (1931).
    """
    root = 1 - unsure**2 / 9 - NormalDist().inv_cdf(CHANCE) * unsure / 3
    return max(root, 0.5)**-3


def rounded(count: int) -> int:
    """`count` as a person would say it: two digits that count, never fewer items than asked."""
    size = 10 ** max(len(str(count)) - 2, 0)
    return -(-count // size) * size
