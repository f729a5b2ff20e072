"""Likelihoods: how surprised a model is by the tokens it should write.

Rows that begin alike (a few-shot context shared by all items, a question shared by its choices) are neighbours in one
prefix tree, and what they share is computed once, as in training. A model that gets something else from a tree than
from padding is padded.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tunewright.engine import attention
from tunewright.engine.chat import Rendered
from tunewright.engine.engine import Likelihood
from tunewright.engine.lines import Line, nats
from tunewright.engine.logits import surprise
from tunewright.engine.network import Adapted, Alone
from tunewright.engine.parity import SEEN, settle
from tunewright.engine.tree import Ids, common, key

NODES = 8192
"""Most tokens of one pass, not counting those that its rows share."""
_PAD = 0  # any token will do: nothing is scored behind it, and nothing before it sees it


class Through:
    """A network seen through one of its adapters (None: the bare base): one model, as trees and lines know it."""

    def __init__(self, forward: Alone | Adapted, adapter: str | None) -> None:
        self._forward, self._adapter = forward, adapter

    def __call__(self, **inputs: Any) -> Any:
        """A pass of the network, every row through the adapter."""
        return self._forward([self._adapter] * len(inputs["input_ids"]), **inputs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._forward.model, name)


def lines(rows: Sequence[Rendered]) -> list[Line]:
    """Rows as lines, up to their last scored token. Raises ValueError for a row without one after its first."""
    return [_line(np.asarray(row.ids), np.asarray(row.mask)) for row in rows]


def reads_trees(model: Any, rows: Sequence[Line]) -> bool:
    """Whether `model` gets from a tree what it gets from padding, tried on two of the rows; it is left as it was."""
    with _as_it_was(model):
        return settle(model, rows[:SEEN], _PAD, exact=model.dtype == torch.float32) is None


def likelihoods(model: Any, rows: Sequence[Line], trees: bool) -> list[Likelihood]:
    """What `model` says of each row, in one pass, which is a tree if it `trees` and that is lighter."""
    with _as_it_was(model), torch.no_grad():
        if trees:
            attention.install(model)
        each = nats(model, rows, _PAD, tell=_surprise_and_likeliest)
    return [Likelihood(float(part[:, 0].sum()), len(part), bool(part[:, 1].all()), tuple(part[:, 0].tolist()))
            for part in each.cpu().split([row.scored for row in rows])]


def passes(rows: Sequence[Line], trees: bool, nodes: int = NODES) -> list[list[int]]:
    """Indices of `rows` cut into passes of about so many tokens: beside one another stand, for trees, rows that begin
    alike, else rows of like length."""
    return list(_cut(rows, nodes) if trees else _cut_padded(rows, nodes))


def _line(ids: Ids, mask: Any) -> Line:
    scored = mask[1:].nonzero()[0]
    if not len(scored):
        raise ValueError("a row has no supervised token")
    end = int(scored[-1]) + 2
    return Line(torch.from_numpy(ids[:end]), torch.from_numpy(mask[:end]))


def _cut(rows: Sequence[Line], nodes: int) -> Iterator[list[int]]:
    read: list[Ids] = [row.read for row in rows]
    order = sorted(range(len(rows)), key=lambda at: key(read[at]))
    block: list[int] = []
    held = 0
    for at in order:
        more = len(read[at]) - (common(read[block[-1]], read[at]) if block else 0)
        if block and held + more > nodes:
            yield block
            block, held, more = [], 0, len(read[at])
        block.append(at)
        held += more
    if block:
        yield block


def _cut_padded(rows: Sequence[Line], nodes: int) -> Iterator[list[int]]:
    order = np.argsort([len(row.ids) for row in rows], kind="stable").tolist()
    block: list[int] = []
    for at in order:
        if block and (len(block) + 1) * len(rows[at].ids) > nodes:
            yield block
            block = []
        block.append(at)
    if block:
        yield block


def _surprise_and_likeliest(logits: Tensor, wanted: Tensor) -> Tensor:
    return torch.stack([surprise(logits, wanted), (logits.argmax(-1) == wanted).float()], dim=1)


@contextmanager
def _as_it_was(model: Any) -> Iterator[None]:
    """Give the model its own attention back, which decoding goes on with."""
    before = model.config._attn_implementation
    try:
        yield
    finally:
        if model.config._attn_implementation != before:
            model.set_attn_implementation(before)
