"""IA3: learned factors on keys, values and feed-forward activations of a frozen base (Liu et al., 2022)."""

from typing import Any

from tunewright.base import quiet_peft
from tunewright.core.errors import Fault
from tunewright.recipe import PhaseSpec


def attach(model: Any, spec: PhaseSpec) -> Any:  # noqa: ARG001 - all methods have one signature
    """`model` wrapped by PEFT, with only the factors trainable. Raises Fault if PEFT does not know its layers."""
    from peft import IA3Config, get_peft_model

    try:
        with quiet_peft():
            return get_peft_model(model, IA3Config(task_type="CAUSAL_LM"))
    except ValueError as error:
        raise Fault(f"train: PEFT does not know where a base of type {model.config.model_type} takes IA3 factors: "
                    "take method lora.") from error
