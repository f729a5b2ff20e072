"""The records that the checks over all look at: drawn by hash, with labels as numbers and their features."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.data.quality.bayes import FOLDS, bits
from tunewright.data.quality.features import matrix

FEWEST = 5
"""Records that a label must have to be judged; rarer ones are pooled."""
MOST = 200
"""Labels that are told apart at most, the most frequent ones."""
OTHER = "(other)"
"""The name of the pool."""


@dataclass(frozen=True)
class Seen:
    """What the checks over all know of one record: its place among all, what it asks, its label or answer, and the
    system prompt under which it asks.
    """

    at: int
    asked: str
    label: str
    system: str = ""


@dataclass(frozen=True)
class Sample:
    """Records drawn, in their order. `labels` (n,) are indices into `names`; `folds` (n,) are equal where records ask
    the same, so that no model has seen what it judges; `first` (n,) is true for the first record that asks a thing.
    """

    seen: tuple[Seen, ...]
    names: tuple[str, ...]
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]
    first: NDArray[np.bool_]
    rows: Any

    @property
    def pool(self) -> int:
        """The index of the pooled labels, -1 if there is no pool."""
        return len(self.names) - 1 if self.names and self.names[-1] == OTHER else -1


def drawn(keys: Sequence[bytes], most: int) -> NDArray[np.int64]:
    """The places of at most `most` records, ascending: those whose `keys`, digests, are smallest. Memory: the keys."""
    if len(keys) <= most:
        return np.arange(len(keys))
    heads = np.array([int.from_bytes(key[:8], "big") for key in keys], np.uint64)
    return np.sort(np.argpartition(heads, most - 1)[:most]).astype(np.int64)


def sample(seen: Iterable[Seen]) -> Sample:
    """Number labels and hash texts. Memory: at most some 4 KB a record."""
    kept = tuple(seen)
    counts = Counter(one.label for one in kept)
    names = [name for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]
             if count >= FEWEST]
    if len(kept) > sum(counts[name] for name in names):
        names.append(OTHER)
    index = {name: at for at, name in enumerate(names)}
    asks = [hashlib.sha256(one.asked.encode()).digest() for one in kept]
    first = {ask: at for at, ask in reversed(list(enumerate(asks)))}
    return Sample(
        kept, tuple(names), np.array([index.get(one.label, len(names) - 1) for one in kept], np.int64),
        np.array([ask[0] % FOLDS for ask in asks], np.int64),
        np.array([first[ask] == at for at, ask in enumerate(asks)], bool),
        matrix((one.asked for one in kept), bits(len(names))))
