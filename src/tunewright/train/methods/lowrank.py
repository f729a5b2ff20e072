"""LoRA's forward and backward with as few passes over memory as the mathematics needs.

PEFT computes x·W and s·(x·A)·B and adds them: for every layer two more products and two more passes over the
output, forward and backward. But x·W + s·(x·A)·B = x·(W + s·A·B), and the sum in brackets is small beside the
products with x. So the layer multiplies once forward and once backward, as if it had no adapter, and only the
adapter's own gradients cost extra. This holds where W is fp32; in half precision the sum would swallow the adapter.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear


class _LowRank(torch.autograd.Function):
    """y = x·(W + s·up·down)ᵀ + bias, with gradients for x, `down` (rank, in) and `up` (out, rank) only."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, down: Tensor, up: Tensor,
                scale: float) -> Tensor:
        ctx.save_for_backward(x, weight, down, up)
        ctx.scale = scale
        return linear(x, torch.addmm(weight, up, down, alpha=scale), bias)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, None, None, Tensor, Tensor, None]:
        x, weight, down, up = ctx.saved_tensors
        shape, x, grad = x.shape, x.flatten(0, -2), grads[0].flatten(0, -2)
        into_x = None
        if ctx.needs_input_grad[0]:
            into_x = (grad @ torch.addmm(weight, up, down, alpha=ctx.scale)).view(shape)
        into_down = (grad @ (up * ctx.scale)).T @ x
        into_up = grad.T @ (x @ (down.T * ctx.scale))
        return into_x, None, None, into_down, into_up, None


def quicken(model: Any) -> int:
    """Give PEFT's LoRA layers over fp32 linear layers the forward above; returns how many got it.

    Parameters, names and saved files stay PEFT's own.
    """
    from peft.tuners.lora import Linear

    layers = [layer for layer in model.modules() if isinstance(layer, Linear) and _fits(layer)]
    for layer in layers:
        layer.forward = _forward(layer)
    return len(layers)


def _fits(layer: Any) -> bool:
    base = layer.base_layer
    return type(base) is torch.nn.Linear and base.weight.dtype == torch.float32


def _forward(layer: Any) -> Any:
    base, down, up = layer.base_layer, layer.lora_A["default"], layer.lora_B["default"]
    scale = float(layer.scaling["default"])

    def forward(x: Tensor) -> Tensor:
        y: Tensor = _LowRank.apply(x, base.weight, base.bias, down.weight, up.weight, scale)
        return y

    return forward
