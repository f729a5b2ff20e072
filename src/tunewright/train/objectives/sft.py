"""Supervised fine-tuning: the model learns to write what the assistant wrote, and nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tunewright.core.errors import Fault
from tunewright.core.examples import Example
from tunewright.engine.chat import Chat, Rendered
from tunewright.recipe import PhaseSpec


@dataclass(frozen=True)
class Row:
    """One record as tokens. `supervised` counts the tokens it is scored on; `cut` says whether its end is missing."""

    ids: Tensor
    mask: Tensor
    supervised: int
    cut: bool


@dataclass(frozen=True)
class Batch:
    """Rows side by side. `ids` (rows, length) misses each last token; `where` (rows, length) marks the positions
    whose next token is supervised; `targets` (supervised,) are those tokens, row by row."""

    ids: Tensor
    where: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same on another device."""
        return Batch(self.ids.to(device), self.where.to(device), self.targets.to(device))


class Sft:
    """Learn the assistant's turns of conversations, or every token of raw text."""

    def __init__(self, chat: Chat, phase: PhaseSpec) -> None:
        self.chat = chat
        self.phase = phase

    def encode(self, example: Example) -> Row | None:
        """The example as a row of at most `length` tokens; None if nothing supervised is left of it."""
        rendered = self._render(example)
        ids, mask = rendered.ids[:self.phase.length], rendered.mask[:self.phase.length]
        supervised = sum(mask[1:])  # nothing predicts the first token
        if not supervised:
            return None
        return Row(torch.tensor(ids), torch.tensor(mask), supervised, len(rendered.ids) > len(ids))

    def _render(self, example: Example) -> Rendered:
        if example.messages:
            return self.chat.example_ids(example.messages, example.tools, self.phase.turns)
        if example.text is not None:
            return self.chat.text_ids(example.text)
        raise Fault("objective sft learns from conversations or text, and this dataset holds preferences: "
                    "use a source with messages, or another objective.")

    def batch(self, rows: Sequence[Row]) -> Batch:
        """The rows as tensors, padded on the right.

        Attention is causal, so no token ever sees the padding after its row: no mask is needed, and the fast
        kernels stay in use.
        """
        ids = torch.nn.utils.rnn.pad_sequence([row.ids for row in rows], True, self.chat.pad_id)
        mask = torch.nn.utils.rnn.pad_sequence([row.mask for row in rows], True, False)
        where = mask[:, 1:]
        return Batch(ids[:, :-1], where, ids[:, 1:][where])

    def loss(self, model: Any, batch: Batch) -> Tensor:
        """Sum over supervised tokens of -ln p(token | what precedes it), in nats."""
        with _head_at(model.get_output_embeddings(), batch.where):
            logits = model(input_ids=batch.ids, use_cache=False).logits
        return cross_entropy(logits.float(), batch.targets, reduction="sum")


@contextmanager
def _head_at(head: Any, where: Tensor) -> Iterator[None]:
    """Let the output layer see only the hidden states at `where`: (rows, length, width) becomes (n, width).

    A vocabulary is wide, and most positions predict nothing we score. The model's own forward still does whatever
    it does to its logits (scaling, capping), so this holds for every architecture.
    """
    hook = head.register_forward_pre_hook(lambda _, args: (args[0][where],))
    try:
        yield
    finally:
        hook.remove()
