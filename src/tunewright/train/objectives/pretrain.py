"""Continued pre-training: every token of raw text is learned, and documents share rows without seeing each other."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from tunewright.core.examples import Example
from tunewright.engine.chat import Chat
from tunewright.engine.lines import Line, nats
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives.objective import Objective, Row, line


class Pretrain(Objective):
    """Learn every token of every document but its first, in rows of at most `length` tokens."""

    def __init__(self, chat: Chat, phase: PhaseSpec) -> None:
        self.chat = chat
        self.phase = phase

    def rows(self, examples: Sequence[Example]) -> list[Row]:
        """Rows filled with pieces of documents, the longest first, each piece into the fullest row that has room.

        A piece is a line of its own, so no document sees another.
        """
        pieces = [(piece, (example.source, example.row)) for example in examples for piece in self._pieces(example)]
        return [self._row([piece for piece, _ in part], part[0][1]) for part in fill(pieces, self.phase.length)]

    def encode(self, example: Example) -> Row | None:
        """All pieces of one document; None if it has not two tokens."""
        pieces = list(self._pieces(example))
        return self._row(pieces, (example.source, example.row)) if pieces else None

    def _row(self, pieces: Sequence[Line], place: tuple[int, int]) -> Row:
        return Row(tuple(pieces), sum(piece.scored for piece in pieces), place=place)

    def _pieces(self, example: Example) -> Iterator[Line]:
        """The document in lines of at most `length` tokens; each begins with the last token of the one before."""
        rendered = self.chat.text_ids(example.text or "")
        if self.phase.overlong == "refuse":
            line(rendered, example, self.phase)
        ids = torch.tensor(rendered.ids)
        step = max(1, self.phase.length - 1)
        for start in range(0, max(0, len(ids) - 1), step):
            piece = ids[start:start + step + 1]
            yield Line(piece, torch.ones(len(piece), dtype=torch.bool))

    def loss(self, model: Any, rows: Sequence[Row]) -> tuple[Tensor, dict[str, float]]:
        """Sum over all tokens of -ln p(token | what precedes it in its document), in nats."""
        return nats(model, [one for row in rows for one in row.lines], self.chat.pad_id).sum(), {}


Placed = tuple[Line, tuple[int, int]]


def fill(pieces: Sequence[Placed], room: int) -> list[list[Placed]]:
    """The pieces in rows of at most `room` tokens: best fit, longest first, in time n·room at most."""
    open_: dict[int, list[list[Placed]]] = {}
    rows: list[list[Placed]] = []
    for piece in sorted(pieces, key=lambda piece: -len(piece[0].ids)):
        need = len(piece[0].ids)
        left = next((left for left in range(need, room) if open_.get(left)), None)
        row = open_[left].pop() if left is not None else []
        if left is None:
            rows.append(row)
        row.append(piece)
        open_.setdefault((room if left is None else left) - need, []).append(row)
    return rows
