"""Prefix tuning: learned keys and values before every layer's own (Li and Liang, 2021)."""

from typing import Any

import torch

from tunewright.core.errors import Fault
from tunewright.engine import prefix
from tunewright.recipe import PhaseSpec


def attach(model: Any, spec: PhaseSpec) -> Any:
    """`model` with only its prefix trainable. Raises Fault if its attention cannot take one.

    The prefix starts as what the base makes of words of its own vocabulary, drawn by chance: random numbers start
    badly (section 7.4 of the paper).
    """
    _prepare(model, "prefix")
    with torch.no_grad():
        pairs = prefix.keys_and_values(model, _words(model, spec.virtual_tokens))
    if len({key.shape for key, _ in pairs}) != 1:
        raise Fault("train: the layers of this base differ in their keys, which method prefix cannot follow: "
                    "take method prompt.")
    numbers = torch.stack([part[0] for pair in pairs for part in pair])  # (2 · layers, heads, tokens, size)
    return prefix.put(model, prefix.Prefix(numbers.permute(2, 0, 1, 3).flatten(1), "prefix", numbers.shape[1]))


def attach_prompt(model: Any, spec: PhaseSpec) -> Any:
    """Prompt tuning (Lester et al., 2021): as `attach`, but only input embeddings are learned."""
    _prepare(model, "prompt")
    heads = model.config.get_text_config().num_attention_heads
    return prefix.put(model, prefix.Prefix(_words(model, spec.virtual_tokens), "prompt", heads))


def _prepare(model: Any, method: str) -> None:
    model.requires_grad_(False)
    try:
        prefix.prepare(model)
    except ValueError as error:
        raise Fault(f"train: this base cannot take method {method} ({error}): take method lora.") from error


def _words(model: Any, count: int) -> torch.Tensor:
    """Embeddings of `count` tokens drawn from the vocabulary, (count, width)."""
    table = model.get_input_embeddings().weight.detach()
    return table[torch.randint(len(table), (count,)).to(table.device)].clone()
