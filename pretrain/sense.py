"""What a text means: texts whose teacher vector is to be read off the position where an answer would begin."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from pretrain import teacher
from pretrain.doc import Rng
from pretrain.phrases import message, trained
from pretrain.template import END, SPECIALS
from pretrain.wordnet import Synset, lemmas, sentences, synsets

TAP = 2  # the layer after whose block the meaning is read; the last one is left to say it in words
COUNT = 100_000
SYSTEMS = [
    "Classify the message.",
    "",
    "",
    "Label the message.",
    "Intent?",
    "What is it about?",
    "Name the topic.",
    "Sort the message.",
]
WISHES = [
    "How do I {verb} my {noun}?",
    "My {noun} does not {verb} any more.",
    "I want to {verb} the {noun}",
    "Why was my {noun} not sent with the {other}?",
    "where can I find a {noun}",
    "Can you {verb} the {noun} before the {other}?",
    "There is a problem with the {noun}",
    "I lost my {noun}, what now?",
    "What does a {noun} cost?",
    "Is it possible to {verb} without a {noun}?",
    "please {verb} my {noun}",
    "The {noun} on my {other} is wrong",
    "I was charged for a {noun} that I never wanted",
    "When will the {noun} arrive?",
    "Do you also have a {noun} for the {other}?",
    "I would like another {noun}",
]
Array: TypeAlias = Any  # numpy array


def _mutate(rng: Rng, text: str) -> str:
    """One or two longer words replaced by random ones, for a vocabulary wider than that of the phrase banks."""
    parts = text.split()
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(parts))
        if len(parts[at]) > 3:
            parts[at] = rng.choice(lemmas())
    return " ".join(parts)


def _wish(rng: Rng) -> str:
    """A short sentence as a customer would write it, about any noun and any verb."""
    noun, verb, other = (rng.choice(rng.choice(of_kind(kind)).words) for kind in "nvn")
    shape = rng.choice(WISHES)
    return shape.format(noun=noun, verb=verb, other=other)


@functools.cache
def of_kind(kind: str) -> tuple[Synset, ...]:
    """The meanings of one kind of word."""
    return tuple(s for s in synsets() if s.kind == kind)


def texts(seed: int, count: int = COUNT) -> list[str]:
    """Distinct messages, mutated messages, example sentences and definitions."""
    rng = random.Random(f"sense:{seed}")
    found: dict[str, None] = {}
    while len(found) < count:
        roll = rng.random()
        if roll < 0.45:
            text = message(rng, rng.choice(trained()))
        elif roll < 0.6:
            text = _mutate(rng, message(rng, rng.choice(trained())))
        elif roll < 0.72:
            text = _wish(rng)
        elif roll < 0.9:
            text = rng.choice(sentences())
            text = text[0].upper() + text[1:] + rng.choice([".", "", "."])
        else:
            text = rng.choice(synsets()).meaning
        found[text[:300]] = None
    return list(found)


@dataclass
class Asked:
    """Rows of token ids with the document of each position; where each meaning is read; the wanted vectors."""

    ids: Array
    docs: Array
    row: Tensor
    column: Tensor
    wanted: Tensor


class Lessons:
    """The texts, their teacher vectors (centred, length 1) and rows of them for a step."""

    def __init__(self, tokenizer: Tokenizer, work: Path, seed: int) -> None:
        """Embed the texts on the first call; later ones read the vectors from `work`."""
        self.seed = seed
        plain = texts(seed)
        vectors = torch.from_numpy(teacher.kept(work, plain)).float()
        self.vectors = F.normalize(vectors - vectors.mean(0), dim=1)
        self.coded = [self._turn(tokenizer, "user", text) for text in plain]
        self.systems = [self._turn(tokenizer, "system", text) if text else [] for text in SYSTEMS]

    @staticmethod
    def _turn(tokenizer: Tokenizer, role: str, text: str) -> list[int]:
        return [SPECIALS.index(f"<|{role}|>"), *tokenizer.encode(text, add_special_tokens=False).ids, END]

    def rows(self, step: int, rows: int, width: int) -> Asked:
        """Rows full of texts, drawn by the number of the step alone."""
        rng = random.Random(f"sense:{self.seed}:{step}")
        ids: Array = np.zeros((rows, width + 1), np.int64)
        docs: Array = np.full((rows, width + 1), -1, np.int64)
        places: list[tuple[int, int, int]] = []
        for row in range(rows):
            fill = 0
            while True:
                which = rng.randrange(len(self.coded))
                piece = [*rng.choice(self.systems), *self.coded[which], SPECIALS.index("<|assistant|>")]
                if fill + len(piece) > width:
                    break
                ids[row, fill : fill + len(piece)] = piece
                docs[row, fill : fill + len(piece)] = len(places)
                fill += len(piece)
                places.append((row, fill - 1, which))
        row, column, which = (torch.tensor(x) for x in zip(*places, strict=True))
        return Asked(ids, docs, row, column, self.vectors[which])


def distance(head: nn.Linear, hidden: Tensor, wanted: Tensor) -> Tensor:
    """How far the predicted vectors are from the wanted ones: each by its angle, and all pairs by their likeness.

    Sources: Hinton et al. 2015 (arXiv 1503.02531); Park et al. 2019 (arXiv 1904.05068) for the pairs.
    """
    found = F.normalize(head(F.rms_norm(hidden, hidden.shape[-1:])), dim=1)
    angle = (1 - (found * wanted).sum(1)).mean()
    pairs: Tensor = (found @ found.T - wanted @ wanted.T).square().mean()
    return angle + 5 * pairs
