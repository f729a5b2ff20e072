"""Attention over a prefix tree: every node sees its ancestors, nearer than the window where a layer has one.

`install` gives a model this attention in the place of its own. Without a tree it is plain scaled dot-product
attention; with one (`tree=`, which transformers hands through to every layer) it takes the fastest form there is:

- `blocks`, on a CPU: the tree as few rectangles, each by the flash kernel, which keeps no matrix of scores;
- `dense`, on a CPU where a window or a cap on scores asks for it: one mask (nodes, nodes);
- `flex`, on a GPU: flex attention, which skips what the mask leaves out.
"""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.flex_attention import flex_attention_forward
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from tunewright.engine.tree import Tree

NAME = "tunewright_tree"
"""The attention's name among those of transformers."""

# What attention this one computes the same as. Others stay: they are somebody's choice.
_REPLACED = ("sdpa", "eager")
_KNOWN_LAYERS = {"full_attention", "sliding_attention"}
_flash, _flash_back = (torch.ops.aten._scaled_dot_product_flash_attention_for_cpu,
                       torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward)


def install(model: Any) -> str | None:
    """Give `model` this attention; returns None, or, if it cannot take it, why, and the model is as it was."""
    if not installed(model):
        if reason := unfit(model):
            return reason
        model.set_attn_implementation(NAME)
    return None


def installed(model: Any) -> bool:
    """Whether `model` has this attention, and so understands trees."""
    return bool(model.config._attn_implementation == NAME)


def inputs(tree: Tree, device: torch.device) -> dict[str, Any]:
    """What a model is called with to read a tree: depth as position, and a mask of four dimensions, which
    transformers hands to the layers as it is, so that no layer makes one of its own."""
    return {"input_ids": torch.from_numpy(tree.ids)[None].to(device), "tree": tree,
            "position_ids": torch.from_numpy(tree.depth)[None].to(device),
            "attention_mask": torch.empty(1, 1, 1, 1, device=device)}


def pairs(model: Any, tree: Tree) -> float:
    """Pairs of query and key that `model` computes for a tree: a mean over its layers, some of which may be dense."""
    config = model.config.get_text_config()
    device = model.get_input_embeddings().weight.device.type
    if device == "cuda":  # flex attention skips what is masked, whatever the reason
        return tree.pairs
    if getattr(config, "attn_logit_softcapping", None):
        return len(tree.ids) ** 2
    window = getattr(config, "sliding_window", None)
    kinds = getattr(config, "layer_types", None) or ["sliding_attention"]
    share = kinds.count("sliding_attention") / len(kinds) if window and window < tree.height else 0
    return share * len(tree.ids) ** 2 + (1 - share) * tree.pairs


def unfit(model: Any) -> str | None:
    """Why `model` cannot take this attention; None if nothing is known to stand against it."""
    config = model.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or ())
    if strange := sorted(kinds - _KNOWN_LAYERS):
        return f"it has layers of {', '.join(strange)}"
    if getattr(config, "sliding_window", None) and kinds != {"full_attention"} and not _tells_window(model):
        return "it has a window that its attention is not told of"
    if not model._supports_attention_backend or model.config._attn_implementation not in _REPLACED:
        return "its attention cannot be replaced"
    if any(getattr(config, name, 0) for name in ("attention_dropout", "attn_pdrop")):
        return "it drops attention at random"
    if any(name.endswith(".sinks") for name, _ in model.named_parameters()):
        return "its attention has sinks"
    return None


def _tells_window(model: Any) -> bool:
    """Whether the attention of the model's layers hands its window on (some architectures put it into masks only)."""
    return any("sliding_window=" in inspect.getsource(kind) for kind in {type(part) for part in model.modules()}
               if kind.__name__.endswith("Attention"))


@torch.compiler.disable
def attend(module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
           tree: Tree | None = None, scaling: float | None = None, softcap: float | None = None,
           sliding_window: int | None = None, **others: Any) -> tuple[Tensor, None]:
    """Attention of one layer: `query` (1, heads, nodes, width), `key` and `value` with as many heads or fewer.

    Returns (1, nodes, heads, width). With a tree, `attention_mask` says nothing.
    """
    if tree is None and softcap is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling,
                                      sliding_window=sliding_window, **others)
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    if tree is None:
        if attention_mask is None:
            attention_mask = torch.ones(
                query.shape[2], key.shape[2], dtype=torch.bool, device=query.device).tril(key.shape[2] - query.shape[2])
        return _capped(query, key, value, attention_mask, scaling, softcap), None
    window = sliding_window if sliding_window is not None and sliding_window < tree.height else None
    query, key = query.to(value.dtype), key.to(value.dtype)  # under autocast rotary positions come in fp32
    if query.is_cuda:
        return flex_attention_forward(module, query, key, value, _kept(tree, window, query.device, _flex),
                                      scaling=scaling, softcap=softcap, **others)[0], None
    if softcap is None and window is None and query.shape[-1] == value.shape[-1]:
        mixed: Tensor = _Blocks.apply(query, key, value, tree, scaling)
        return mixed.transpose(1, 2), None
    return _capped(query, key, value, _kept(tree, window, query.device, _dense), scaling, softcap), None


def _capped(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, scaling: float, softcap: float | None) -> Tensor:
    """Attention under a mask, true where a key is seen, with scores s as softcap·tanh(s / softcap) (Gemma 2)."""
    times = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(times, 1), value.repeat_interleave(times, 1)
    if softcap is None:
        mixed = scaled_dot_product_attention(query, key, value, mask, scale=scaling)
    else:
        scores = softcap * torch.tanh(query @ key.transpose(2, 3) * (scaling / softcap))
        shares = scores.masked_fill(~mask, -torch.inf).softmax(-1, torch.float32).to(value.dtype)
        mixed = shares @ value
    return mixed.transpose(1, 2).contiguous()


def _kept(tree: Tree, window: int | None, device: torch.device, make: Callable[..., Any]) -> Any:
    """The tree's mask for a window, made once a pass and not once a layer."""
    if window not in tree.masks:
        last, depth = (torch.from_numpy(part).to(device) for part in (tree.last, tree.depth))
        tree.masks[window] = make(last, depth, window)
    return tree.masks[window]


def _dense(last: Tensor, depth: Tensor, window: int | None) -> Tensor:
    at = torch.arange(len(last), device=last.device)
    return _seen(last, depth, window)(0, 0, at[:, None], at[None])


def _flex(last: Tensor, depth: Tensor, window: int | None) -> Any:
    from torch.nn.attention.flex_attention import create_block_mask

    return create_block_mask(_seen(last, depth, window), None, None, len(last), len(last), device=last.device)


def _seen(last: Tensor, depth: Tensor, window: int | None) -> Callable[..., Tensor]:
    """Whether node q sees node k, in the form that flex attention asks."""

    def seen(_batch: Any, _head: Any, q: Tensor, k: Tensor) -> Tensor:
        above = (k <= q) & (q < last[k])
        return above if window is None else above & (depth[q] - depth[k] < window)

    return seen


class _Blocks(torch.autograd.Function):
    """Attention of all blocks of a tree, each by the flash kernel, joined by their logarithmic sums.

    A softmax over several blocks of keys is that of each block, weighted by its share of the sum (Dao et al., 2022);
    going back, each block needs only the joint output and sum (Liu et al., 2023, Ring Attention).
    """

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, tree: Tree, scaling: float) -> Tensor:
        batch, heads, nodes, width = query.shape
        out = query.new_empty(batch, nodes, heads, width).transpose(1, 2)
        total = query.new_empty(batch, nodes, heads, dtype=torch.float32).transpose(1, 2)
        for block in tree.blocks:
            rows, columns = slice(*block.queries), slice(*block.keys)
            part, logsum = _flash(query[:, :, rows], key[:, :, columns], value[:, :, columns], 0.0, block.own,
                                  scale=scaling)
            if block.own:  # every stem's own block stands before those it shares
                out[:, :, rows], total[:, :, rows] = part, logsum
            else:
                share = torch.sigmoid(logsum - total[:, :, rows])
                out[:, :, rows].lerp_(part, share[..., None].to(part.dtype))
                total[:, :, rows] = torch.logaddexp(total[:, :, rows], logsum)
        ctx.save_for_backward(query, key, value, out, total)
        ctx.tree, ctx.scaling = tree, scaling
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        query, key, value, out, total = ctx.saved_tensors
        into_query, into_key, into_value = torch.zeros_like(query), torch.zeros_like(key), torch.zeros_like(value)
        for block in ctx.tree.blocks:
            rows, columns = slice(*block.queries), slice(*block.keys)
            parts = _flash_back(grads[0][:, :, rows], query[:, :, rows], key[:, :, columns], value[:, :, columns],
                                out[:, :, rows], total[:, :, rows], 0.0, block.own, scale=ctx.scaling)
            into_query[:, :, rows] += parts[0]
            into_key[:, :, columns] += parts[1]
            into_value[:, :, columns] += parts[2]
        return into_query, into_key, into_value, None, None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
