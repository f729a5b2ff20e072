"""The `train` section: a list of phases, each one objective with one method."""

from tunewright.recipe.loop import LoopSpec
from tunewright.recipe.method import MethodSpec
from tunewright.recipe.objective import ObjectiveSpec


class PhaseSpec(LoopSpec, MethodSpec, ObjectiveSpec):
    """One objective with one method, and how it is trained. Bases are listed last first: objective, method, loop."""
