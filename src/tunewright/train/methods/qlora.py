"""QLoRA: a LoRA on a base whose weights are kept in four bits (Dettmers et al., 2023)."""

from typing import Any

import torch

from tunewright.engine import nf4
from tunewright.recipe import PhaseSpec
from tunewright.train.methods import lora


def attach(model: Any, spec: PhaseSpec) -> Any:
    """`model`, quantised onto the GPU if there is one, and wrapped by PEFT with only the LoRA trainable.

    Faults as LoRA's, and without bitsandbytes.
    """
    device = "cuda" if torch.cuda.is_available() else str(model.device)
    wrapped = lora.attach(nf4.quantise(model, device, spec.double_quantisation), spec)
    wrapped.tunewright_method = {"method": "qlora", "double_quantisation": spec.double_quantisation}
    return wrapped
