"""BitFit: only the biases that a base has are trained (Ben Zaken et al., 2021), or those that are added (BEFT)."""

from typing import Any

from tunewright.base import quiet_peft
from tunewright.core.errors import Fault
from tunewright.recipe import PhaseSpec


def attach(model: Any, spec: PhaseSpec) -> Any:
    """`model` with only its biases trainable, or with `added` only new ones. Raises Fault if it has no place for any.

    The added ones are PEFT's BEFT: a bias for each layer's values (https://arxiv.org/abs/2509.15974).
    """
    if spec.added:
        return _added(model)
    model.requires_grad_(False)
    biases = [weight for name, weight in model.named_parameters() if name.rsplit(".", 1)[-1] == "bias"]
    if not biases:
        raise Fault("train: method bitfit trains the biases of a base, and this base has none (Llama shapes do not): "
                    "take `{method: bitfit, added: true}`, which is PEFT's BEFT and adds some, or method ia3.")
    for bias in biases:
        bias.data = bias.data.float()  # small steps vanish in 16 bits
        bias.requires_grad_(True)
    model.tunewright_method = {"method": "bitfit"}
    return model


def _added(model: Any) -> Any:
    import peft

    if not hasattr(peft, "BeftConfig"):
        raise Fault(f"train: peft {peft.__version__} cannot add biases (BEFT): pip install 'peft>=0.20'.")
    try:
        with quiet_peft():
            return peft.get_peft_model(model, peft.BeftConfig(task_type="CAUSAL_LM"))
    except ValueError as error:
        raise Fault(f"train: PEFT does not know where a base of type {model.config.model_type} takes added biases: "
                    "take method lora.") from error
