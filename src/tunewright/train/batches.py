"""Which records each optimizer step sees, and how a step is cut into forward passes.

All of it is a function of lengths, seed and step, so that a resumed run sees the very same batches.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tunewright.engine.tree import Ids, common, key, worth
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives import Row

Light = Callable[[Sequence[Row]], bool]

# Records of like length go together within stretches of so many steps: little padding, and still well mixed.
STRETCH = 8


@dataclass(frozen=True)
class Batches:
    """The records, by index, of every optimizer step."""

    lengths: tuple[int, ...]
    size: int
    seed: int

    @property
    def per_epoch(self) -> int:
        """Optimizer steps in one pass over the records."""
        return math.ceil(len(self.lengths) / self.size)

    def steps(self, phase: PhaseSpec) -> int:
        """Optimizer steps of the whole phase."""
        return phase.steps or max(1, round(phase.epochs * self.per_epoch))

    def epoch(self, number: int) -> list[list[int]]:
        """The batches of one epoch: shuffled, sorted by length within stretches, and shuffled again."""
        rng = np.random.default_rng([self.seed, number])
        order = rng.permutation(len(self.lengths))
        batches = []
        for start in range(0, len(order), self.size * STRETCH):
            stretch = sorted(order[start:start + self.size * STRETCH], key=lambda at: self.lengths[at])
            batches += [[int(at) for at in stretch[at:at + self.size]] for at in range(0, len(stretch), self.size)]
        return [batches[at] for at in rng.permutation(len(batches))]

    def since(self, step: int) -> Iterator[list[int]]:
        """The batches of every step from `step` on, without end."""
        number, skip = divmod(step, self.per_epoch)
        while True:
            yield from self.epoch(number)[skip:]
            number, skip = number + 1, 0


def cut(rows: Sequence[Row], indices: Sequence[int], tokens: int, light: Light | None = None) -> list[list[int]]:
    """`indices` of `rows` cut into forward passes of at most `tokens` (one record at least).

    With `light`, which says whether rows are less work as a prefix tree than padded, those that begin alike go
    together and count as the tree's nodes. Where it says no, and without it, rows of like length go together and
    padding counts.
    """
    if light is None:
        return _alike(rows, indices, tokens)
    found = []
    for part in _related(rows, indices, tokens):
        found += [part] if light([rows[at] for at in part]) else _alike(rows, part, tokens)
    return found


def _alike(rows: Sequence[Row], indices: Sequence[int], tokens: int) -> list[list[int]]:
    found: list[list[int]] = []
    longest = lines = 0
    for at in sorted(indices, key=lambda at: -max(len(line.ids) for line in rows[at].lines)):
        if found and (lines + len(rows[at].lines)) * longest <= tokens:
            found[-1].append(at)
            lines += len(rows[at].lines)
        else:
            found.append([at])
            longest, lines = max(len(line.ids) for line in rows[at].lines), len(rows[at].lines)
    return found


def _related(rows: Sequence[Row], indices: Sequence[int], tokens: int) -> list[list[int]]:
    found: list[list[int]] = []
    filled = 0
    before: Ids = np.empty(0, np.int64)
    for at in sorted(indices, key=lambda at: key(rows[at].lines[0].ids.numpy())):
        row = [line.ids.numpy() for line in rows[at].lines]
        inside = sum(len(ids) - worth(common(row[0], ids)) for ids in row[1:])
        more = len(row[0]) - worth(common(before, row[0])) + inside
        if found and filled + more <= tokens:
            found[-1].append(at)
            filled += more
        else:
            found.append([at])
            filled = len(row[0]) + inside
        before = row[0]
    return found
