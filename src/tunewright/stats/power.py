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
    come out worse by chance. None if no number would do (the truth lies on the bound, or nothing bounds the interval)
    or it is beyond ten million.
    """
    truth = estimate.value
    if neutral is not None and neutral != bound and estimate.low <= neutral <= estimate.high:
        truth = neutral
    distance = abs(truth - bound)
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

    `seen` is the sum of squares, in items at the end of the scale. At least one more unit (of `size` items, some of
    which go one way) may be out there; and the sum itself is uncertain, by how few items and units it rests on.
    """
    others = max(estimate.units - 1, 1)
    seen = estimate.spread**2 * estimate.n * estimate.units / others
    if not reach:
        return sqrt(seen / estimate.n)
    seen /= reach**2
    doubt = max(size * sqrt(seen / size + 1) / 2, seen * sqrt(2 / others))
    return reach * sqrt((seen + size + doubt) / estimate.n)


def rounded(count: int) -> int:
    """`count` as a person would say it: two digits that count, never fewer items than asked."""
    size = 10 ** max(len(str(count)) - 2, 0)
    return -(-count // size) * size
