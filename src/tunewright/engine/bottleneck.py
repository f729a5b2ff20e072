"""Bottleneck adapters: a narrow two-layer network after sublayers of a frozen base (Houlsby et al., 2019).

`pfeiffer` puts one after each feed-forward, `houlsby` one after each attention too; both inside the residual branch.
"""

import re
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

_ATTENTION = "self_attn|self_attention|attention|attn"
_FEED_FORWARD = "mlp|feed_forward|ffn|block_sparse_moe"
PLACEMENTS = {"pfeiffer": _FEED_FORWARD, "houlsby": f"{_ATTENTION}|{_FEED_FORWARD}"}


class Bottleneck(nn.Module):
    """x + up(gelu(down(x))), where x is (…, width). A fresh one gives x, since `up` starts at zero."""

    def __init__(self, width: int, inner: int, device: torch.device, dtype: torch.dtype) -> None:
        super().__init__()
        self.down = nn.Linear(width, inner, device=device, dtype=dtype)
        self.up = nn.Linear(inner, width, device=device, dtype=dtype)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(…, width) to (…, width)."""
        moved: Tensor = self.up(gelu(self.down(x.to(self.down.weight.dtype)))).to(x.dtype)
        return x + moved


def insert(model: Any, inner: int, placement: str, dtype: torch.dtype = torch.float32) -> int:
    """Put a bottleneck after every sublayer of `placement`, as its submodule `bottleneck`; returns how many."""
    place = re.compile(rf"(.*\.)?\d+\.({PLACEMENTS[placement]})")
    sublayers = [part for name, part in model.named_modules() if place.fullmatch(name)]
    width = model.config.get_text_config().hidden_size
    device = model.get_input_embeddings().weight.device
    for sublayer in sublayers:
        sublayer.bottleneck = Bottleneck(width, inner, device, dtype)
        sublayer.register_forward_hook(_after)
    return len(sublayers)


def _after(sublayer: Any, _args: Any, output: Any) -> Any:
    """A hook, and not a wrapper: what other code reads from a sublayer stays where it is."""
    if isinstance(output, torch.Tensor):
        return sublayer.bottleneck(output)
    return (sublayer.bottleneck(output[0]), *output[1:])
