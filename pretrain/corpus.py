"""The mix: which kind of document comes how often, and how documents fill the rows of a batch."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from tokenizers import Tokenizer

from pretrain.copying import copying, drill
from pretrain.doc import Doc, Maker
from pretrain.extraction import extraction
from pretrain.general import general
from pretrain.labels import classification
from pretrain.long import lengthy
from pretrain.phrases import message, trained
from pretrain.tokens import encode
from pretrain.wordnet import knowledge

Rows: TypeAlias = Any  # numpy array; ids and docs int64, weights float32


def _mix(**shares: float) -> dict[str, float]:
    return shares


# From which document on, and the shares of tokens (not of documents). It begins with drills, because a small model
# learns to copy much sooner when it is drilled.
MIXES: list[tuple[int, dict[str, float]]] = [
    (0, _mix(drill=0.50, copying=0.25, extraction=0.10, classification=0.08, knowledge=0.05, general=0.02)),
    (6_000, _mix(drill=0.08, copying=0.26, extraction=0.26, classification=0.24, knowledge=0.09, general=0.07)),
    (299_000, _mix(drill=0.08, copying=0.40, extraction=0.22, classification=0.18, knowledge=0.07, general=0.05)),
]
WEIGHTS = {"classification": 2.0}  # of the loss, beside 1 for the other kinds
MAKERS: dict[str, Maker] = {
    "copying": copying,
    "extraction": extraction,
    "classification": classification,
    "knowledge": knowledge,
    "general": general,
    "long": lengthy,
    "drill": drill,
}


def natural(seed: int, count: int) -> Iterator[str]:
    """Text for the tokenizer: mostly language, only some invented strings."""
    rng = random.Random(f"tokenizer:{seed}")
    for _ in range(count):
        if trained():
            yield message(rng, rng.choice(trained()), 0.5)
        doc: Doc = rng.choice([knowledge, knowledge, knowledge, general, extraction, classification, classification])(
            rng
        )
        yield from (text for _, text in doc.parts)


@dataclass
class Batch:
    """Rows of token ids with the document number of each position and the weight of each target."""

    ids: Rows
    docs: Rows
    weights: Rows


class Stream:
    """An endless, seeded stream of documents; `cursor` alone says where it stands."""

    def __init__(self, tokenizer: Tokenizer, seed: int, cursor: int = 0) -> None:
        """Measure the kinds once, so that shares are shares of tokens."""
        self.tokenizer, self.seed, self.cursor = tokenizer, seed, cursor
        means = {k: self._mean(k) for k in MIXES[0][1]}
        self.odds = [(start, {k: share / means[k] for k, share in mix.items()}) for start, mix in MIXES]

    def _mean(self, kind: str) -> float:
        rng = random.Random(f"mean:{kind}")
        return float(np.mean([len(encode(self.tokenizer, MAKERS[kind](rng))[0]) for _ in range(300)]))

    def next(self, far: bool) -> tuple[list[int], list[float]]:
        """The next document, encoded."""
        rng = random.Random(f"{self.seed}:{self.cursor}")
        self.cursor += 1
        odds = [mix for start, mix in self.odds if start < self.cursor][-1]
        kind = "long" if far and rng.random() < 0.7 else rng.choices(list(odds), list(odds.values()))[0]
        ids, weights = encode(self.tokenizer, MAKERS[kind](rng))
        return ids, [w * WEIGHTS.get(kind, 1.0) for w in weights]

    def batch(self, rows: int, width: int, far: bool = False) -> Batch:
        """Fill rows greedily, documents whole; only one longer than a row is cut."""
        ids: Rows = np.zeros((rows, width + 1), dtype=np.int64)
        docs: Rows = np.full((rows, width + 1), -1, dtype=np.int64)
        weights: Rows = np.zeros((rows, width + 1), dtype=np.float32)
        fill, number, misses = [0] * rows, 0, 0
        while misses < 4:
            piece, weight = self.next(far)
            piece, weight = piece[: width + 1], weight[: width + 1]
            row = next((r for r in range(rows) if fill[r] + len(piece) <= width + 1), None)
            if row is None:
                misses += 1
                continue
            a, b = fill[row], fill[row] + len(piece)
            ids[row, a:b], docs[row, a:b], weights[row, a:b] = piece, number, weight
            weights[row, a] = 0.0
            fill[row], number = b, number + 1
        return Batch(ids, docs, weights)
