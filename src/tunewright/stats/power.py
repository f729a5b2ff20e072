"""Power: how many items would decide a rule, if further ones were like those at hand."""

from math import ceil, isfinite, log, sqrt

from tunewright.stats.estimate import TAIL, Estimate

CHANCE = 0.8  # that so many items do decide
_Z = 1.959964 + 0.841621  # normal quantiles of 1 - TAIL and of CHANCE
_MOST = 10_000_000


def needs(estimate: Estimate, bound: float) -> int | None:
    """Items that would put `bound` outside the 95 % interval with a chance of 80 %, if the figure is the truth.

    With d the distance to the bound, an interval reaches `spread * z / sqrt(n)` plus the pull of the imagined
    further unit, which is `log(1/TAIL) / n` of the way to the worst end when all items agree, and 1/n of it otherwise.
    None if no number would do (the figure lies on the bound) or it is beyond ten million.
    """
    distance = abs(estimate.value - bound)
    end = estimate.floor if estimate.value > bound else estimate.ceiling
    reach = abs(estimate.value - end) if isfinite(end) else 0.0
    if distance < 1e-9 or (estimate.spread == 0.0 and reach == 0.0):
        return None
    if estimate.spread == 0.0:
        if distance >= reach:
            return estimate.n + 1
        count = log(TAIL) / log(1 - distance / reach)
    else:
        spread = _Z * estimate.spread
        root = (sqrt(spread**2 + 4 * reach * distance) - spread) / (2 * reach) if reach else distance / spread
        count = root**-2
    return ceil(count) if count < _MOST else None


def rounded(count: int) -> int:
    """`count` as a person would say it: two digits that count, never fewer items than asked."""
    size = 10 ** max(len(str(count)) - 2, 0)
    return -(-count // size) * size
