"""What is judged: the answers of a report, side by side."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tunewright.core.items import Item
from tunewright.data.quality.injection import injection
from tunewright.data.quality.said import Said

T = TypeVar("T")


@dataclass(frozen=True)
class Pair:
    """One request with the tuned arm's answer (`ours`) and another arm's (`theirs`)."""

    item: str
    group: str | None
    request: tuple[dict[str, Any], ...]
    expected: str | None
    ours: str
    theirs: str

    @property
    def same(self) -> bool:
        """Whether both say the same, so that there is nothing to judge."""
        return self.ours.strip() == self.theirs.strip()


def answered(items: Sequence[Item], suites: Collection[str], arm: str) -> list[Item]:
    """The items of these suites that the arm answered with a text; of several answers to one question the first."""
    found: dict[str, Item] = {}
    for item in items:
        if item.suite in suites and item.arm == arm and item.answer is not None and item.prompt:
            found.setdefault(item.item, item)
    return list(found.values())


def pairs(items: Sequence[Item], suites: Collection[str], against: str) -> list[Pair]:
    """Each question that both the tuned arm and `against` answered, in the report's order."""
    theirs = {item.item: item for item in answered(items, suites, against)}
    return [Pair(ours.item, ours.group, ours.prompt, ours.expected, ours.answer or "", other.answer or "")
            for ours in answered(items, suites, "tuned") if (other := theirs.get(ours.item))]


def some(found: Sequence[T], most: int | None, seed: int) -> list[T]:
    """All of them, or `most` drawn with the seed, in their order."""
    if most is None or most >= len(found):
        return list(found)
    return [found[at] for at in sorted(random.Random(seed).sample(range(len(found)), most))]


def orders(*answers: str) -> bool:
    """Whether an answer speaks to whoever reads it as a model: gives orders, or hides characters."""
    turns = tuple(answers)
    return injection(Said((), turns)) > 0
