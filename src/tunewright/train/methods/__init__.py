"""Where the trainable capacity sits: `attach(model, spec)` makes a loaded base trainable."""

from collections.abc import Callable
from typing import Any

from tunewright.recipe import PhaseSpec
from tunewright.train.methods import full, lora

KINDS: dict[str, Callable[[Any, PhaseSpec], Any]] = {"full": full.attach, "lora": lora.attach}
ADAPTERS = frozenset({"lora"})
"""Methods that leave an adapter beside the base, instead of a whole model."""
