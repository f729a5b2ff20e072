"""A head of the objective's own beside the vocabulary's: one number from a hidden state."""

from typing import Any

import torch


def attach(model: Any, name: str) -> torch.nn.Linear:
    """A linear head of zeros, (width) → 1, among the model's own trainable weights."""
    weight = model.get_output_embeddings().weight
    head = torch.nn.Linear(model.config.get_text_config().hidden_size, 1, bias=False, device=weight.device)
    torch.nn.init.zeros_(head.weight)
    model.add_module(name, head)
    return head


def detach(model: Any, name: str) -> None:
    """Take a head out again."""
    delattr(model, name)
