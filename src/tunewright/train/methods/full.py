"""Full fine-tuning: every weight moves."""

from typing import Any

from tunewright.recipe import PhaseSpec


def attach(model: Any, spec: PhaseSpec) -> Any:  # noqa: ARG001 - all methods have one signature
    """The model itself, with every weight trainable."""
    return model.requires_grad_(True)
