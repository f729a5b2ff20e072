"""Which records each optimizer step sees, and how a step is cut into forward passes.

All of it is a function of lengths, seed and step, so that a resumed run sees the very same batches.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tunewright.recipe import PhaseSpec

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


def passes(indices: Sequence[int], lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """`indices` cut into forward passes of like length, each at most `tokens` with padding (one record at least)."""
    cut: list[list[int]] = []
    for at in sorted(indices, key=lambda at: -lengths[at]):
        if cut and (len(cut[-1]) + 1) * lengths[cut[-1][0]] <= tokens:
            cut[-1].append(at)
        else:
            cut.append([at])
    return cut
