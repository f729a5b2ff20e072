"""From items to estimates: the one way a metric, a paired difference and a rule get their figures."""

from collections.abc import Callable, Iterable, Sequence
from math import inf

import numpy as np

from tunewright.core.items import Item
from tunewright.stats.calibration import Calibration
from tunewright.stats.estimate import Array, Estimate, corpus, mean
from tunewright.stats.labels import OF_SET, Confusion, normalise

LOWER_IS_BETTER = frozenset({"loss", "brier", "ece"})
_UNBOUNDED = frozenset({"loss"})

Pair = tuple[Item, Item]
Whole = Callable[[Array], Array]  # from item weights (draws x items) to a figure of the whole set, one a draw


def higher_is_better(metric: str) -> bool:
    """Whether more of `suite/scorer` is better."""
    return metric.split("/", 1)[1] not in LOWER_IS_BETTER


def measured(item: Item, scorer: str) -> bool:
    """Whether an item counts for a scorer: it has that score, or an answer to compare labels with."""
    if scorer in OF_SET:
        return item.expected is not None and item.answer is not None
    return ("confidence" if scorer == "ece" else scorer) in item.scores


def select(items: Iterable[Item], metric: str, arm: str) -> list[Item]:
    """The items of an arm that count for `suite/scorer`, in their order."""
    suite, scorer = metric.split("/", 1)
    return [item for item in items if item.arm == arm and item.suite == suite and measured(item, scorer)]


def pairs(ours: Sequence[Item], theirs: Sequence[Item]) -> list[Pair]:
    """The items with the same question in both, in our order."""
    known = {item.item: item for item in theirs}
    return [(item, known[item.item]) for item in ours if item.item in known]


def value(items: Sequence[Item], scorer: str) -> float:
    """The bare figure of one arm over its items, of which there is at least one."""
    if whole := _whole(items, scorer):
        return float(whole(np.ones((1, len(items))))[0])
    return sum(item.scores[scorer] for item in items) / len(items)


def figure(items: Sequence[Item], scorer: str, *, resamples: int = 2000, seed: int = 0) -> Estimate | None:
    """The figure of one arm over its items, or None if there are none."""
    if not items:
        return None
    groups = [item.group for item in items]
    if whole := _whole(items, scorer):
        return corpus(whole, len(items), groups, resamples=resamples, seed=seed)
    ceiling = inf if scorer in _UNBOUNDED else 1.0
    return mean([item.scores[scorer] for item in items], groups, ceiling=ceiling, resamples=resamples, seed=seed)


def difference(paired: Sequence[Pair], scorer: str, *, resamples: int = 2000, seed: int = 0) -> Estimate | None:
    """The first arm's figure less the second's over the same items, or None if there are none."""
    if not paired:
        return None
    groups = [ours.group for ours, _ in paired]
    first, second = (_whole(side, scorer) for side in zip(*paired, strict=True))
    if first and second:
        return corpus(lambda weights: first(weights) - second(weights), len(paired), groups, floor=-1.0,
                      resamples=resamples, seed=seed)
    ceiling = inf if scorer in _UNBOUNDED else 1.0
    gaps = [ours.scores[scorer] - theirs.scores[scorer] for ours, theirs in paired]
    return mean(gaps, groups, floor=-ceiling, ceiling=ceiling, resamples=resamples, seed=seed)


def _whole(items: Sequence[Item], scorer: str) -> Whole | None:
    """A scorer of the whole set on these items; None if it is one of each item."""
    if scorer in OF_SET:
        table = Confusion([item.expected or "" for item in items], [item.answer or "" for item in items])
        return lambda weights: table.score(scorer, weights)
    if scorer == "ece":
        return Calibration([item.scores["confidence"] for item in items], [
            normalise(item.answer or "") == normalise(item.expected or "") for item in items]).error
    return None
