"""The suites by name, and what some need to be told: how many items, and files of their own."""

from typing import Literal

from tunewright.recipe.spec import Positive, Spec

Suite = Literal["task", "general", "generalisation", "robustness", "fairness", "privacy", "safety"]


class GeneralisationSpec(Spec):
    """Suite `generalisation`: held-out items asked in other words and another shape."""

    items: Positive = 100
    """Held-out items that are asked in each way, at most (drawn with the seed)."""


class RobustnessSpec(Spec):
    """Suite `robustness`: held-out items with slips and noise, and items from elsewhere."""

    items: Positive = 100
    """Held-out items that are asked in each way, at most (drawn with the seed)."""
    ood: str | None = None
    """JSONL of items out of the distribution (`prompt` and `response`, or `messages`), relative to the recipe."""


class FairnessSpec(Spec):
    """Suite `fairness`: held-out items with other names and groups of people in them."""

    items: Positive = 100
    """Held-out items that are asked in each way, at most (drawn with the seed)."""
    sign: bool = False
    """Also sign every message with names, in turn of each kind; for tasks that do not ask who writes."""
