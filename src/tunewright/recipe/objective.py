"""What a phase optimises."""

from typing import Literal

from tunewright.recipe.spec import Positive, Spec


class ObjectiveSpec(Spec):
    """An objective and its settings."""

    objective: Literal["sft"] = "sft"
    """What is optimised: `sft`, instruction tuning on the assistant's turns."""
    length: Positive = 1024
    """Longest record in tokens; longer ones are cut at the end, and counted."""
    turns: Literal["all", "last"] = "all"
    """Which assistant turns are learned."""
