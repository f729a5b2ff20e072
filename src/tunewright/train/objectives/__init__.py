"""What is optimised: `encode` turns examples into rows, `loss` rows into a number."""

from collections.abc import Callable

from tunewright.engine.chat import Chat
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives.objective import Objective, Row
from tunewright.train.objectives.sft import Sft

KINDS: dict[str, Callable[[Chat, PhaseSpec], Objective]] = {"sft": Sft}

__all__ = ["KINDS", "Objective", "Row"]
