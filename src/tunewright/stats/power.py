"""Power: how many items would decide a rule, if further ones were like those at hand."""

from math import ceil, isfinite, log, sqrt

from tunewright.stats.estimate import TAIL, Estimate

_CHANCE = 0.841621  # normal quantile of 0.8: so often do the items asked for decide, if the figure is the truth
_MOST = 10_000_000


def needs(estimate: Estimate, bound: float) -> int | None:
    """Items that would put `bound` outside the 95 % interval with a chance of 80 %, if the figure is the truth.

    From n to N items the interval's arm towards the bound shrinks by sqrt(n/N), and the pull of the imagined further
    unit, which is part of it, by n/N; the figure itself may come out worse by chance. None if no number would do (the
    figure lies on the bound, or nothing bounds the interval) or it is beyond ten million.
    """
    distance = abs(estimate.value - bound)
    below = bound < estimate.value
    arm = estimate.value - estimate.low if below else estimate.high - estimate.value
    if distance < 1e-9 or not isfinite(arm):
        return None
    end = estimate.floor if below else estimate.ceiling
    reach = abs(estimate.value - end) if isfinite(end) else 0.0
    if estimate.spread == 0.0:
        count = log(TAIL) / log(1 - distance / reach) if distance < reach else 1.0
    else:
        slow = (arm - reach / estimate.n) * sqrt(estimate.n) + _CHANCE * estimate.spread
        root = (sqrt(slow**2 + 4 * reach * distance) - slow) / (2 * reach) if reach else distance / slow
        count = root**-2
    return ceil(count) if count < _MOST else None


def rounded(count: int) -> int:
    """`count` as a person would say it: two digits that count, never fewer items than asked."""
    size = 10 ** max(len(str(count)) - 2, 0)
    return -(-count // size) * size
