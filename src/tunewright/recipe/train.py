"""The `train` section: a list of phases, each one objective with one method."""

from typing import Literal

from tunewright.recipe.loop import LoopSpec
from tunewright.recipe.method import MethodSpec
from tunewright.recipe.objective import ObjectiveSpec


class PhaseSpec(LoopSpec, MethodSpec, ObjectiveSpec):
    """One objective with one method, and how it is trained. Bases are listed last first: objective, method, loop."""

    join: Literal["stack", "merge"] | None = None
    """How a later phase joins what was learned before: `stack` leaves one adapter over the declared base, the ranks
    added; `merge` leaves a whole model. Unless given: `stack` where every phase so far is plain `lora`."""
