"""Search: every pair of texts that share a band, reported only if their exact similarity reaches the threshold.

Texts that share a band are found by sorting the band's column, so there is no index to hold: memory is the bands
themselves and one column more.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tunewright.recipe.duplicates import Shingle
from tunewright.similar.overlap import jaccard
from tunewright.similar.shingles import shingles

LEADERS = 32
"""With how many a text is compared at most in each band: the first that share it. Thousands of like texts then cost
a multiple of their number, not its square."""

_CANDIDATES = 1 << 20
_COMPARED = 1 << 11
_LOW = np.uint64((1 << 32) - 1)

Texts = Callable[[np.ndarray], Sequence[str]]
"""The texts of rows (int64), in their order."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows and how similar their texts are (float64): `earlier` comes before `later` (int64)."""

    later: np.ndarray
    earlier: np.ndarray
    similarity: np.ndarray


def search(bands: np.ndarray, texts: Texts, shingle: Shingle, threshold: float) -> Pairs:
    """The pairs of rows whose texts are at least `threshold` similar, each once.

    `bands` (uint32, rows x bands) is what `signatures` made of the same shingles with `banding(threshold)`. A row is
    compared with rows before it, the first ones first: put in front what should be a partner.
    """
    found = [Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for later, earlier in candidates(bands):
        similar = compare(later, earlier, texts, shingle, threshold)
        near = similar >= threshold
        found.append(Pairs(later[near], earlier[near], similar[near]))
    return Pairs(np.concatenate([one.later for one in found]), np.concatenate([one.earlier for one in found]),
                 np.concatenate([one.similarity for one in found]))


def compare(left: np.ndarray, right: np.ndarray, texts: Texts, shingle: Shingle, threshold: float) -> np.ndarray:
    """The exact Jaccard similarity of the texts of rows `left[i]` and `right[i]`: float64, 0 if below `threshold`."""
    similar = np.zeros(len(left))
    for begin in range(0, len(left), _COMPARED):
        some = slice(begin, begin + _COMPARED)
        rows, at = np.unique(np.concatenate((left[some], right[some])), return_inverse=True)
        half = len(left[some])
        similar[some] = jaccard(shingles(texts(rows), shingle), at[:half], at[half:], threshold)
    return similar


def candidates(bands: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows that share a band, later and earlier ones, no pair twice."""
    leads = np.zeros(bands.shape, bool)
    for band in range(bands.shape[1]):
        row, rank = _runs(bands[:, band])
        leads[row[rank < LEADERS], band] = True
        at = np.flatnonzero(rank)
        counts = np.minimum(rank[at], LEADERS)
        loads = np.cumsum(counts)
        begin = 0
        while begin < len(at):
            done = loads[begin - 1] if begin else 0
            end = max(begin + 1, int(np.searchsorted(loads, done + _CANDIDATES, "right")))
            some, many = at[begin:end], counts[begin:end]
            first: np.ndarray = np.repeat(some - rank[some] - (np.cumsum(many) - many), many)
            later: np.ndarray = np.repeat(row[some], many)
            earlier = row[first + np.arange(len(later))]
            known = ((bands[later, :band] == bands[earlier, :band]) & leads[earlier, :band]).any(axis=1)
            yield later[~known], earlier[~known]
            begin = end


def _runs(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows whose value another row has too, equal ones side by side in order, and each one's rank among them."""
    keys = np.sort((column.astype(np.uint64) << np.uint64(32)) | np.arange(len(column), dtype=np.uint64))
    keys = keys[np.count_nonzero(column == 0):]
    follows: np.ndarray = np.zeros(len(keys) + 1, bool)
    follows[1:-1] = (keys[1:] >> np.uint64(32)) == (keys[:-1] >> np.uint64(32))
    shared = follows[:-1] | follows[1:]
    keys, follows = keys[shared], follows[:-1][shared]
    places = np.arange(len(keys))
    return (keys & _LOW).astype(np.int64), places - np.maximum.accumulate(np.where(follows, 0, places))
