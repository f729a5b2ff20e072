"""Questions that the arms answer differently: what a person should look at first."""

from collections.abc import Iterable

from tunewright.core.items import Item


def examples_where_arms_differ(items: Iterable[Item], n: int, suite: str = "task") -> list[dict[str, Item]]:
    """Up to `n` questions of a suite as {arm: item}, where tuned and base answer differently.

    Alternates between questions where the tuned arm scores higher and where it scores lower, the largest gaps first, so
    that losses are seen as well as gains.
    """
    by_item: dict[str, dict[str, Item]] = {}
    for item in items:
        if item.suite == suite:
            by_item.setdefault(item.item, {})[item.arm] = item
    gaps = [(_gap(arms), arms) for arms in by_item.values()
            if {"base", "tuned"} <= set(arms) and arms["base"].answer != arms["tuned"].answer]
    better = [arms for gap, arms in sorted(gaps, key=lambda row: -row[0]) if gap > 0]
    worse = [arms for gap, arms in sorted(gaps, key=lambda row: row[0]) if gap <= 0]
    mixed = [arms for pair in zip(better, worse, strict=False) for arms in pair]
    rest = better[len(worse):] or worse[len(better):]
    return [*mixed, *rest][:n]


def _gap(arms: dict[str, Item]) -> float:
    """Mean gain of tuned over base on the scores both have; a loss counts against."""
    base, tuned = arms["base"].scores, arms["tuned"].scores
    both = [name for name in tuned if name in base]
    return sum((base[name] - tuned[name]) if name == "loss" else (tuned[name] - base[name]) for name in both) / max(
        len(both), 1)
