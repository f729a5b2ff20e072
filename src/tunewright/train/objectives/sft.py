"""Supervised fine-tuning: the model learns to write what the assistant wrote, and nothing else."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tunewright.core.errors import Fault
from tunewright.core.examples import Example
from tunewright.engine.chat import Chat, Rendered
from tunewright.engine.lines import Line, nats
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives.objective import Row


class Sft:
    """Learn the assistant's turns of conversations, or every token of raw text."""

    def __init__(self, chat: Chat, phase: PhaseSpec) -> None:
        self.chat = chat
        self.phase = phase

    def encode(self, example: Example) -> Row | None:
        """The example as a row of at most `length` tokens; None if nothing supervised is left of it."""
        rendered = self._render(example)
        line = Line(torch.tensor(rendered.ids[:self.phase.length]), torch.tensor(rendered.mask[:self.phase.length]))
        return Row((line,), line.scored, len(rendered.ids) > len(line.ids)) if line.scored else None

    def _render(self, example: Example) -> Rendered:
        if example.messages:
            return self.chat.example_ids(example.messages, example.tools, self.phase.turns)
        if example.text is not None:
            return self.chat.text_ids(example.text)
        raise Fault("objective sft learns from conversations or text, and this dataset holds preferences: "
                    "use a source with messages, or another objective.")

    def loss(self, model: Any, rows: Sequence[Row]) -> tuple[Tensor, dict[str, float]]:
        """Sum over supervised tokens of -ln p(token | what precedes it), in nats."""
        return nats(model, [line for row in rows for line in row.lines], self.chat.pad_id).sum(), {}
