"""Where the trainable capacity sits: `attach(model, spec)` makes a loaded base trainable."""

from collections.abc import Callable
from typing import Any

from tunewright.engine import nf4
from tunewright.recipe import PhaseSpec
from tunewright.train.methods import adapter, bitfit, full, hybrid, ia3, lora, prefix, qlora
from tunewright.train.methods.ranges import RANGES, Range, outside

__all__ = ["ADAPTERS", "KINDS", "RANGES", "Range", "ground", "outside", "parameters"]

KINDS: dict[str, Callable[[Any, PhaseSpec], Any]] = {
    "full": full.attach, "lora": lora.attach, "qlora": qlora.attach, "adapter": adapter.attach,
    "prefix": prefix.attach, "prompt": prefix.attach_prompt, "bitfit": bitfit.attach, "ia3": ia3.attach,
    "hybrid": hybrid.attach}
ADAPTERS = frozenset(KINDS) - {"full"}
"""Methods that leave an adapter beside the base, instead of a whole model."""


def ground(phase: PhaseSpec, device: Any) -> str:
    """Where the base is loaded: for `qlora` in the machine's memory, from which it goes to a GPU in four bits."""
    return "cpu" if phase.method == "qlora" else str(device)


def parameters(model: Any) -> int:
    """How many weights a model has; of four bits, too, each counts as one."""
    return sum(nf4.count(weight) for weight in model.parameters())
