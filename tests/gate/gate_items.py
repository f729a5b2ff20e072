"""Items by their scores."""

from collections.abc import Iterable

from tunewright.core.items import Item


def items(arm: str, scores: Iterable[float], *, suite: str = "task", scorer: str = "exact",
          first: int = 0) -> list[Item]:
    """One item per score, named by their numbers from `first`."""
    return [Item(suite, f"{first + at}", arm, scores={scorer: score}) for at, score in enumerate(scores)]
