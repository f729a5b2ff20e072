"""Supervised fine-tuning: the model learns to write what the assistant wrote, and nothing else."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tunewright.core.examples import Example
from tunewright.engine.chat import Chat
from tunewright.engine.lines import nats
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives.objective import Objective, Row, line


class Sft(Objective):
    """Learn the assistant's turns of conversations."""

    def __init__(self, chat: Chat, phase: PhaseSpec) -> None:
        self.chat = chat
        self.phase = phase

    def encode(self, example: Example) -> Row | None:
        """The example as a row of at most `length` tokens; None if nothing supervised is left of it."""
        rendered = self.chat.example_ids(example.messages, example.tools, self.phase.turns)
        kept, cut = line(rendered, example, self.phase)
        place = (example.source, example.row)
        weight = kept.scored * example.weight
        return Row((kept,), weight, cut, place=place, counts=example.weight) if kept.scored else None

    def loss(self, model: Any, rows: Sequence[Row]) -> tuple[Tensor, dict[str, float]]:
        """Sum over supervised tokens of -ln p(token | what precedes it), in nats, each as its record counts."""
        each = nats(model, [one for row in rows for one in row.lines], self.chat.pad_id)
        if any(row.counts != 1.0 for row in rows):
            scored = torch.tensor([one.scored for row in rows for one in row.lines])
            counts = torch.tensor([row.counts for row in rows for _ in row.lines], dtype=each.dtype)
            each = each * counts.repeat_interleave(scored).to(each.device)
        return each.sum(), {}
