"""Losses of chosen tokens at chosen places: logits there alone, and a bounded number of them at once.

A vocabulary is wide, and most positions predict nothing we score. The model's own forward still does whatever it does
to its logits (scaling, capping), so this holds for every architecture.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint
from transformers.modeling_outputs import BaseModelOutputWithPast

CELLS = 1 << 26
"""Most logits at once: 256 MB in 32 bits. Where more are asked for, each part is computed again on the way back."""

Choose = Callable[[Tensor], Tensor]


Tell = Callable[[Tensor, Tensor], Tensor]
"""What is kept of logits (n, vocabulary) and the tokens wanted (n,): n rows of something."""


def surprise(logits: Tensor, wanted: Tensor) -> Tensor:
    """-ln p of the tokens wanted, (n,)."""
    return cross_entropy(logits.float(), wanted, reduction="none")


def losses(model: Any, inputs: Mapping[str, Any], choose: Choose, wanted: Tensor, cells: int = CELLS,
           tell: Tell = surprise) -> Tensor:
    """-ln p of the tokens `wanted` (n,) at the hidden states that `choose` takes of (rows, length, width): (n,).

    With another `tell`, what that keeps instead.
    """
    head, vocabulary = model.get_output_embeddings(), model.config.get_text_config().vocab_size
    if len(wanted) * vocabulary <= cells:
        with _head_sees(head, choose):
            return tell(model(use_cache=False, **inputs).logits, wanted)
    caught: list[Tensor] = []

    def nothing(hidden: Tensor) -> Tensor:
        caught.append(choose(hidden))
        return caught[0][:0]

    with _head_sees(head, nothing):
        model(use_cache=False, **inputs)
    size = max(1, cells // vocabulary)
    return torch.cat([checkpoint(_part, model, states, tokens, tell, use_reentrant=False)
                      for states, tokens in zip(caught[0].split(size), wanted.split(size), strict=True)])


def _part(model: Any, states: Tensor, wanted: Tensor, tell: Tell) -> Tensor:
    with _body_gives(model, states):
        return tell(model(input_ids=wanted[None], use_cache=False).logits[0], wanted)


@contextmanager
def _head_sees(head: Any, choose: Choose) -> Iterator[None]:
    """Let the output layer see only the hidden states that `choose` takes."""
    hook = head.register_forward_pre_hook(lambda _, args: (choose(args[0]),))
    try:
        yield
    finally:
        hook.remove()


@contextmanager
def _body_gives(model: Any, states: Tensor) -> Iterator[None]:
    """Let the model's layers be passed by: what is before its output layer is `states` (n, width)."""
    body = model.get_decoder()
    body.forward = lambda *_, **__: BaseModelOutputWithPast(last_hidden_state=states[None])
    try:
        yield
    finally:
        del body.forward
