"""BitFit: only the biases that a base has are trained (Ben Zaken et al., 2021)."""

from typing import Any

from tunewright.core.errors import Fault
from tunewright.recipe import PhaseSpec


def attach(model: Any, spec: PhaseSpec) -> Any:  # noqa: ARG001 - all methods have one signature
    """`model` with only its biases trainable. Raises Fault if it has none."""
    model.requires_grad_(False)
    biases = [weight for name, weight in model.named_parameters() if name.rsplit(".", 1)[-1] == "bias"]
    if not biases:
        raise Fault("train: method bitfit trains the biases of a base, and this base has none (Llama shapes do not): "
                    f"take method ia3{_added()}, or a base with biases.")
    for bias in biases:
        bias.data = bias.data.float()  # small steps vanish in 16 bits
        bias.requires_grad_(True)
    model.tunewright_method = {"method": "bitfit"}
    return model


def _added() -> str:
    """The variant of PEFT that adds biases and trains those, if the installed PEFT has it."""
    import peft

    return " or PEFT's added biases (BEFT, peft.BeftConfig)" if hasattr(peft, "BeftConfig") else ""
