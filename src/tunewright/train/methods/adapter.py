"""Bottleneck adapters: narrow networks after the sublayers of a frozen base (Houlsby et al., 2019)."""

from typing import Any

from tunewright.core.errors import Fault
from tunewright.engine import bottleneck
from tunewright.recipe import PhaseSpec

REDUCTION, LEAST = 16, 8  # a sixteenth of the width (Pfeiffer et al., 2020), where that is not too narrow to learn


def attach(model: Any, spec: PhaseSpec) -> Any:
    """`model` with only its new bottlenecks trainable. Raises Fault if the base has no sublayer we know."""
    width = model.config.get_text_config().hidden_size
    inner = spec.bottleneck or max(LEAST, width // REDUCTION)
    if inner > width:
        raise Fault(f"train: bottleneck {inner} is wider than the base, whose width is {width}: lower it.")
    model.requires_grad_(False)
    if not bottleneck.insert(model, inner, spec.placement):
        raise Fault(f"train: method adapter finds no sublayer for placement {spec.placement} in this base "
                    "(attention or feed-forward under a numbered layer): take method lora.")
    model.tunewright_method = {"method": "adapter", "bottleneck": inner, "placement": spec.placement}
    return model
