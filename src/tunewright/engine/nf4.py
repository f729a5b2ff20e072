"""Four-bit weights: NF4 with double quantisation (Dettmers et al., 2023), on bitsandbytes, which also runs on CPUs."""

from importlib.util import find_spec
from typing import Any

import torch

from tunewright.core.errors import Fault


def quantise(model: Any, device: str, double: bool = True) -> Any:
    """`model` on `device` with every linear layer but the output head in four bits, layer by layer.

    So the device never holds more than one layer in full. Embeddings, norms and head stay as they are. Raises Fault
    without bitsandbytes.
    """
    if find_spec("bitsandbytes") is None:
        raise Fault("method qlora needs bitsandbytes, which is not installed: `pip install 'tunewright[gpu]'`.")
    kind, head = model.dtype, model.get_output_embeddings()
    layers = [(name, part) for name, part in model.named_modules() if type(part) is torch.nn.Linear]
    for name, part in ((name, part) for name, part in layers if part is not head):
        parent, _, leaf = name.rpartition(".")
        setattr(model.get_submodule(parent), leaf, small(part, kind, device, double))
    model.is_loaded_in_4bit = True  # PEFT asks the model, not its layers
    return model.to(device)


def small(layer: torch.nn.Linear, kind: torch.dtype, device: str, double: bool) -> Any:
    """A linear layer in four bits, which computes in `kind`."""
    from bitsandbytes.nn import Linear4bit, Params4bit

    made = Linear4bit(layer.in_features, layer.out_features, layer.bias is not None, compute_dtype=kind,
                      compress_statistics=double, quant_type="nf4", device="meta")
    # In evaluation bitsandbytes would repack weights for these CPUs, in place, and give no gradient ever after.
    made.support_avx512bf16_for_cpu = False
    made.weight = Params4bit(layer.weight.detach().clone(), requires_grad=False, quant_type="nf4",
                             compress_statistics=double)
    if layer.bias is not None:
        made.bias = torch.nn.Parameter(layer.bias.detach().clone(), requires_grad=False)
    return made.to(device)


@torch.no_grad()
def whole_again(model: Any) -> Any:
    """`model` with its four-bit layers as plain linear layers of the values that they stand for."""
    from bitsandbytes.functional import dequantize_4bit

    for name, part in [(name, part) for name, part in model.named_modules() if type(part).__name__ == "Linear4bit"]:
        parent, _, leaf = name.rpartition(".")
        made = torch.nn.Linear(part.in_features, part.out_features, part.bias is not None, device="meta")
        made.weight = torch.nn.Parameter(dequantize_4bit(part.weight.data, part.weight.quant_state), False)
        made.bias = part.bias
        setattr(model.get_submodule(parent), leaf, made)
    model.is_loaded_in_4bit = False
    return model


def count(weight: Any) -> int:
    """How many numbers a weight stands for; two of four bits lie in a byte."""
    state = getattr(weight, "quant_state", None)
    return int(state.shape.numel()) if state is not None else int(weight.numel())
