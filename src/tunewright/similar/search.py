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

PARTNERS = 8
"""Partners that a row has at most among those in front, and among the others: so a million texts that are much the
same take room for as many times a million pairs, and no more."""

_CANDIDATES = 1 << 18
_COMPARED = 1 << 11
_LOW = np.uint64((1 << 32) - 1)

Tell = Callable[[float], None]
Texts = Callable[[np.ndarray], Sequence[str]]
"""The texts of rows (int64), in their order."""


def untold(done: float) -> None:
    """Nobody asks how far it is."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows and how similar their texts are (float64): `earlier` comes before `later` (int64)."""

    later: np.ndarray
    earlier: np.ndarray
    similarity: np.ndarray


def search(bands: np.ndarray, texts: Texts, shingle: Shingle, threshold: float, front: int = 0,
           tell: Tell = untold) -> Pairs:
    """The pairs of rows whose texts are at least `threshold` similar, each once.

    `bands` (uint32, rows x bands) is what `signatures` made of the same shingles with `banding(threshold)`. A row is
    compared with rows before it, the first ones first, until it has `PARTNERS` among the first `front` rows, and as
    many among the others: put in front what should be a partner. `tell` is told the share that is done.
    """
    found = [Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    partners: np.ndarray = np.zeros((2, len(bands)), np.uint8)
    for done, later, earlier in candidates(bands):
        turn: np.ndarray = _rank(later) // PARTNERS
        for at in range(int(turn.max(initial=-1)) + 1):
            now = turn == at
            found.append(_compared(later[now], earlier[now], texts, shingle, threshold, partners, front))
        tell(done)
    return Pairs(np.concatenate([one.later for one in found]), np.concatenate([one.earlier for one in found]),
                 np.concatenate([one.similarity for one in found]))


def _compared(later: np.ndarray, earlier: np.ndarray, texts: Texts, shingle: Shingle, threshold: float,
              partners: np.ndarray, front: int) -> Pairs:
    """Those pairs that are similar enough, of rows that have not got `partners` enough; these are counted."""
    side = (earlier >= front).astype(np.int64)
    lacking = partners[side, later] < PARTNERS
    side, later, earlier = side[lacking], later[lacking], earlier[lacking]
    similar = compare(later, earlier, texts, shingle, threshold)
    near = np.flatnonzero(similar >= threshold)
    near = near[np.lexsort((earlier[near], later[near], side[near]))]
    rank = _rank(side[near] * len(partners[0]) + later[near])
    near = near[rank + partners[side[near], later[near]] < PARTNERS]
    np.add.at(partners, (side[near], later[near]), 1)
    return Pairs(later[near], earlier[near], similar[near])


def _rank(values: np.ndarray) -> np.ndarray:
    """The how manieth each is of equal values side by side, from 0."""
    places = np.arange(len(values))
    begins = np.concatenate(([True], values[1:] != values[:-1])) if len(values) else places.astype(bool)
    return places - np.maximum.accumulate(np.where(begins, places, 0))


def compare(left: np.ndarray, right: np.ndarray, texts: Texts, shingle: Shingle, threshold: float) -> np.ndarray:
    """The exact Jaccard similarity of the texts of rows `left[i]` and `right[i]`: float64, 0 if below `threshold`."""
    similar = np.zeros(len(left))
    for begin in range(0, len(left), _COMPARED):
        some = slice(begin, begin + _COMPARED)
        rows, at = np.unique(np.concatenate((left[some], right[some])), return_inverse=True)
        half = len(left[some])
        similar[some] = jaccard(shingles(texts(rows), shingle), at[:half], at[half:], threshold)
    return similar


def candidates(bands: np.ndarray) -> Iterator[tuple[float, np.ndarray, np.ndarray]]:
    """Rows that share a band, later and earlier ones, no pair twice; before them which share of all is done then."""
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
            yield (band + end / len(at)) / bands.shape[1], later[~known], earlier[~known]
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
