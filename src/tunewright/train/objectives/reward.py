"""A reward model: one number for an answer, higher for the one that people chose (Bradley and Terry, 1952).

The number is a linear head on the hidden state after the answer's last token, which is what transformers' sequence
classification computes; so the model's folder is one of those, with one label.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from tunewright.core.examples import Example
from tunewright.engine.chat import Chat
from tunewright.engine.states import last_states
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives import classifier, heads, pairs
from tunewright.train.objectives.objective import Objective, Row

HEAD = "score"


class Reward(Objective):
    """Learn from pairs what an answer is worth."""

    head: torch.nn.Linear

    def __init__(self, chat: Chat, phase: PhaseSpec) -> None:
        self.chat = chat
        self.phase = phase

    def encode(self, example: Example) -> Row | None:
        """A pair; None if its answers do not differ within the phase's length."""
        return pairs.encode(example, self.chat, self.phase)

    def attach(self, model: Any) -> None:
        """A head of zeros: before the first step every answer is worth the same."""
        self.head = heads.attach(model, HEAD)

    def detach(self, model: Any) -> None:
        """Take the head out; `finish` writes it."""
        heads.detach(model, HEAD)

    def finish(self, folder: Path) -> None:
        """Make the folder one that `AutoModelForSequenceClassification` reads, with the head in it."""
        classifier.write(folder, self.head.weight.detach().cpu(), self.chat.pad_id)

    def loss(self, model: Any, rows: Sequence[Row]) -> tuple[Tensor, dict[str, float]]:
        """Sum over pairs of -ln σ(reward of the chosen answer - reward of the rejected one)."""
        states = last_states(model, [one for row in rows for one in row.lines], self.chat.pad_id)
        margins = self.head(states.to(self.head.weight.dtype)).view(len(rows), 2) @ states.new_tensor([1.0, -1.0])
        return -logsigmoid(margins).sum(), {"margin": margins.sum().item(), "accuracy": (margins > 0).sum().item()}
