"""What an objective is: it turns examples into rows, and rows into a number to make small."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from tunewright.core.errors import Fault
from tunewright.core.examples import Example
from tunewright.engine.chat import Chat, Rendered
from tunewright.engine.lines import Line
from tunewright.recipe import PhaseSpec

Figures = list[list[float]]
Keep = Callable[[str, Callable[[], Figures]], Figures]
"""`keep(what, make)`: figures that are made once and then found again, for the run's model, data and `what`."""
Judge = Callable[[Sequence[Line]], list[float]]
"""A reward model: what each line is worth."""


def make_anew(_: str, make: Callable[[], Figures]) -> Figures:
    """A `Keep` that keeps nothing."""
    return make()


@dataclass(frozen=True)
class Row:
    """One record as the model sees it: one line, or several that belong together (the two answers of a pair).

    `weight` is what its loss is divided by, summed over a step: supervised tokens, or 1 for a pair, times `counts`,
    how much the record counts beside others. `cut` says whether its end is missing. `known` holds numbers computed
    before (reference log-probabilities, advantages).
    `place` is the record's source, an index, and its data row there.
    """

    lines: tuple[Line, ...]
    weight: float
    cut: bool = False
    known: Mapping[str, Tensor] = field(default_factory=dict)
    place: tuple[int, int] = (0, 0)
    counts: float = 1.0

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
    phase: PhaseSpec

    def rows(self, examples: Sequence[Example]) -> list[Row]:
        """The examples as rows; those of which nothing is left to learn are missing."""
        return [row for example in examples if (row := self.encode(example))]

    def encode(self, example: Example) -> Row | None:
        """The example as a row within the phase's length; None if nothing is left of it to learn."""

    def attach(self, model: Any) -> None:
        """Put weights of the objective's own (a head) into the model, where the optimizer finds them."""

    def detach(self, model: Any) -> None:
        """Take them out again."""

    def ready(self, job: Any, keep: Keep, judge: Judge | None) -> None:
        """Find out what must be known before the first step; may replace the job's rows in place."""

    def renew(self, job: Any, course: Any) -> dict[str, float]:  # noqa: ARG002 - most need neither
        """Called before every step: may replace the job's rows in place; returns figures for the step's record."""
        return {}

    def finish(self, folder: Path) -> None:
        """Add to the folder of the trained model what the objective promises of it."""

    def loss(self, model: Any, rows: Sequence[Row]) -> tuple[Tensor, dict[str, float]]:
        """The loss summed over the rows, and figures to report, summed likewise; both are divided by the weights."""


def line(rendered: Rendered, example: Example, phase: PhaseSpec) -> tuple[Line, bool]:
    """The tokens within the phase's length, and whether there were more. Raises Fault where the recipe wants none."""
    cut = len(rendered.ids) > phase.length
    if cut and phase.overlong == "refuse":
        raise Fault(f"train: row {example.row:,} of source {example.source + 1} has {len(rendered.ids):,} tokens and "
                    f"length is {phase.length:,}: raise `length`, shorten the record, or set `overlong: cut`.")
    return Line(torch.tensor(rendered.ids[:phase.length]), torch.tensor(rendered.mask[:phase.length])), cut
