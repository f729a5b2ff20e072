"""Virtual tokens before every text: prefix tuning and prompt tuning, for training and for decoding alike.

A prefix is, for every layer, keys and values that each token of a text sees before its own (Li and Liang, 2021). A
prompt is learned input embeddings (Lester et al., 2021); run through the base once, they are such keys and values
too. So both are one thing: an attention function that puts the prefix's keys and values before a layer's own. Caches,
padding and the output head know nothing of it, and a text's positions begin after the virtual tokens.

The keys and values travel from the model's call to its layers as a keyword argument, so that a layer computed again
for the backward pass (gradient checkpointing) sees what it saw the first time.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from tunewright.engine import own

NAME = "tunewright_prefix"
_RECORD = "tunewright_record"
Pairs = Sequence[tuple[Tensor, Tensor]]
Kind = Literal["prefix", "prompt"]


class Prefix(nn.Module):
    """The learned numbers, as PEFT keeps them.

    `prompt`: (tokens, width). `prefix`: (tokens, layers · 2 · heads · size), keys before values in each layer.
    """

    def __init__(self, embeddings: Tensor, kind: Kind, heads: int) -> None:
        super().__init__()
        self.embeddings = nn.Parameter(embeddings.float())
        self.kind = kind
        self.heads = heads
        self.fixed: Pairs | None = None

    @property
    def tokens(self) -> int:
        """How many virtual tokens there are."""
        return len(self.embeddings)

    def pairs(self, model: Any) -> Pairs:
        """Keys and values of each layer, (1, heads, tokens, size)."""
        if self.fixed is not None:
            return self.fixed
        if self.kind == "prompt":
            return keys_and_values(model, self.embeddings)
        layers = model.config.get_text_config().num_hidden_layers
        parts = self.embeddings.view(self.tokens, 2 * layers, self.heads, -1).permute(1, 2, 0, 3)
        return [(parts[at, None], parts[at + 1, None]) for at in range(0, 2 * layers, 2)]


def prepare(model: Any) -> None:
    """Let the model's attention take a prefix. Raises ValueError where attention is not torch's own (`sdpa`)."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    if model.config._attn_implementation != "sdpa":
        raise ValueError(f"its attention is {model.config._attn_implementation}, and a prefix needs sdpa")
    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model.set_attn_implementation(NAME)


def put(model: Any, prefix: Prefix) -> Any:
    """Set `prefix` before every text that the (prepared) model reads, as its submodule `tunewright_prefix`."""
    setattr(model, NAME, prefix.to(model.get_input_embeddings().weight.device))
    model.register_forward_pre_hook(_before, with_kwargs=True)
    return model


def keys_and_values(model: Any, embeddings: Tensor) -> Pairs:
    """Keys and values that a (prepared) model's layers make of input embeddings (tokens, width), run through it."""
    record: dict[int, tuple[Tensor, Tensor]] = {}
    like = model.get_input_embeddings().weight.dtype
    inner = getattr(model, model.base_model_prefix)
    inner(inputs_embeds=embeddings[None].to(like), use_cache=False, **{_RECORD: record})
    return [record[at] for at in sorted(record)]


def _before(model: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Move the positions behind the virtual tokens and send the prefix along."""
    prefix = getattr(model, NAME)
    positions = kwargs.get("position_ids")
    if positions is None:
        given = next(tensor for tensor in (*args, kwargs.get("input_ids"), kwargs.get("inputs_embeds"))
                     if tensor is not None)
        cache = kwargs.get("cache", kwargs.get("past_key_values"))  # the newer and the older name
        seen = cache.get_seq_length() if cache is not None else 0
        positions = torch.arange(seen, seen + given.shape[1], device=given.device)[None]
    return args, {**kwargs, "position_ids": positions + prefix.tokens, NAME: prefix.pairs(model)}


def _attend(module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
            **kwargs: Any) -> Any:
    """torch's attention, after the prefix of this layer was put before its keys and values."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    record, pairs = kwargs.pop(_RECORD, None), kwargs.pop(NAME, None)
    if record is not None:
        record[module.layer_idx] = (key, value)
    if pairs is not None:
        rows, before = len(key), pairs[module.layer_idx]
        attention_mask = _mask(attention_mask, query.shape[2], key, before[0].shape[2])
        key, value = (torch.cat([mine.to(own.dtype).expand(rows, -1, -1, -1), own], 2)
                      for mine, own in zip(before, (key, value), strict=True))
    return sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)


def _mask(mask: Tensor | None, asking: int, key: Tensor, tokens: int) -> Tensor | None:
    """Which of prefix and own keys each query sees: all of the prefix, and of its own what it saw before.

    Without a mask that is what precedes it; the last `asking` of the keys are the queries' own.
    """
    if mask is None:
        if asking == 1:
            return None
        own = key.shape[2]
        mask = torch.ones(1, 1, asking, own, dtype=torch.bool, device=key.device).tril(own - asking)
    seen = torch.ones if mask.dtype == torch.bool else torch.zeros  # a mask of numbers is added to the scores
    return torch.cat([seen(*mask.shape[:-1], tokens, dtype=mask.dtype, device=mask.device), mask], -1)


def write(model: Any, folder: Path) -> None:
    """Write the prefix in PEFT's layout."""
    from peft import PrefixTuningConfig, PromptTuningConfig
    from safetensors.torch import save_file

    prefix, config = getattr(model, NAME), model.config.get_text_config()
    width = prefix.embeddings.shape[1]
    shape: dict[str, Any] = {"task_type": "CAUSAL_LM", "num_virtual_tokens": prefix.tokens, "inference_mode": True,
                             "num_layers": config.num_hidden_layers, "num_transformer_submodules": 1,
                             "num_attention_heads": prefix.heads}
    if prefix.kind == "prefix":
        told: Any = PrefixTuningConfig(**shape, token_dim=width // (2 * config.num_hidden_layers),
                                       encoder_hidden_size=width // (2 * config.num_hidden_layers))
    else:
        told = PromptTuningConfig(**shape, token_dim=width)
    told.save_pretrained(str(folder))
    save_file({"prompt_embeddings": prefix.embeddings.detach().contiguous()}, folder / own.WEIGHTS)


def read(model: Any, folder: Path) -> Any:
    """`model` with the prefix or prompt in `folder`, its keys and values computed once and for all."""
    from peft import PeftConfig
    from safetensors.torch import load_file

    config = PeftConfig.from_pretrained(str(folder))
    kind: Kind = "prefix" if config.peft_type == "PREFIX_TUNING" else "prompt"
    prefix = Prefix(load_file(folder / own.WEIGHTS)["prompt_embeddings"], kind,
                    config.num_attention_heads)
    text = model.config.get_text_config()
    if config.num_layers != text.num_hidden_layers or (kind == "prompt" and config.token_dim != text.hidden_size):
        raise ValueError(f"it has {config.num_layers} layers of width {config.token_dim}")
    prepare(model)
    put(model, prefix.requires_grad_(False))
    with torch.no_grad():
        prefix.fixed = tuple((key.detach(), value.detach()) for key, value in prefix.pairs(model))
    return model
