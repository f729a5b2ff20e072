"""The suites by name, and what some need to be told: how many items, and files of their own."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Positive, Spec

Suite = Literal["task", "general", "generalisation", "robustness", "fairness", "harness", "privacy", "safety",
                "garak"]


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


class HarnessSpec(Spec):
    """Suite `harness`: tasks of lm-evaluation-harness."""

    tasks: tuple[str, ...] = ()
    """Tasks or groups by their names there, each with a metric of its own if it is not to be the first: `mmlu`,
    `hellaswag/acc_norm`, `gsm8k/exact_match,flexible-extract`."""
    folder: str | None = None
    """Folder of task files of your own, relative to the recipe; paths in them start there."""
    limit: Positive | None = 200
    """Items of each task, from its beginning; `null` takes all."""
    shots: Annotated[int, Field(ge=0)] | None = None
    """Examples before each item, in place of as many as the task says."""
    chat: bool = False
    """Ask in turns of the base's chat template, not as plain text."""
