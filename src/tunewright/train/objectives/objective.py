"""What an objective is: it turns examples into rows, and rows into a number to make small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from tunewright.core.examples import Example
from tunewright.engine.chat import Chat
from tunewright.engine.lines import Line


@dataclass(frozen=True)
class Row:
    """One record as the model sees it: one line, or several that belong together (the two answers of a pair).

    `weight` is what its loss is divided by, summed over a step: supervised tokens, or 1 for a pair. `cut` says
    whether its end is missing. `known` holds numbers computed before training (reference log-probabilities).
    `place` is the record's source, an index, and its data row there.
    """

    lines: tuple[Line, ...]
    weight: int
    cut: bool = False
    known: Mapping[str, float] = field(default_factory=dict)
    place: tuple[int, int] = (0, 0)

    @property
    def tokens(self) -> int:
        """Tokens, without padding."""
        return sum(len(line.ids) for line in self.lines)

    @property
    def size(self) -> int:
        """Tokens with padding, when the row has a pass of its own."""
        return len(self.lines) * max(len(line.ids) for line in self.lines)


class Objective(Protocol):
    """One objective, made from a chat format and a phase."""

    chat: Chat

    def encode(self, example: Example) -> Row | None:
        """The example as a row within the phase's length; None if nothing is left of it to learn."""

    def loss(self, model: Any, rows: Sequence[Row]) -> tuple[Tensor, dict[str, float]]:
        """The loss summed over the rows, and figures to report, summed likewise; both are divided by the weights."""
