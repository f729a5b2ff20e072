"""Shingles: a text as the set of its runs of characters or words, each run one 64-bit hash.

Every run in a batch is hashed at once by a rolling polynomial over the array of code points (Karp and Rabin 1987);
runs that would cross from one text into the next are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tunewright.recipe.duplicates import CharactersSpec, Shingle
from tunewright.similar.fold import fold

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_SPACE = np.uint64(32)


@dataclass(frozen=True)
class Sets:
    """The shingles of the texts of a batch, one after another: `hashes` (uint64), and `sizes` of each text (int64).

    A shingle that a text repeats is repeated here.
    """

    hashes: np.ndarray
    sizes: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """Where each text's shingles begin in `hashes`."""
        return np.cumsum(self.sizes) - self.sizes


def shingles(texts: Sequence[str], shingle: Shingle) -> Sets:
    """The shingles of the folded texts. A text shorter than one shingle is one shingle; an empty one has none."""
    folded = fold(texts)
    units: np.ndarray = folded.codes.astype(np.uint64)
    if isinstance(shingle, CharactersSpec):
        return _runs(units, folded.ends, shingle.characters)
    return _runs(*_words(units, folded.ends), shingle.words)


def _runs(units: np.ndarray, ends: np.ndarray, length: int) -> Sets:
    """Hash each run of `length` units within a text; `ends` says where the texts end, at a unit that is not theirs."""
    starts = _starts(ends)
    rolled = np.zeros_like(units)
    ahead = np.concatenate((units, np.zeros(length - 1, np.uint64)))
    for at in range(length):
        rolled *= _BASE
        rolled += ahead[at:at + len(units)]
    whole: np.ndarray = np.ones(len(units), bool)
    for back in range(length):
        last: np.ndarray = ends - back
        whole[last[last >= starts]] = False
    sizes = ends - starts
    short = np.flatnonzero((sizes > 0) & (sizes < length))
    if len(short):
        at = starts[short, None] + np.arange(length)
        inside = np.where(at < ends[short, None], ahead[np.minimum(at, len(ahead) - 1)], np.uint64(0))
        rolled[starts[short]] = _rolled(inside)
        whole[starts[short]] = True
    return Sets(_mixed(rolled[whole]), np.where(sizes > 0, np.maximum(sizes - length + 1, 1), 0))


def _rolled(rows: np.ndarray) -> np.ndarray:
    """The polynomial hash of each row of units."""
    total: np.ndarray = np.zeros(len(rows), np.uint64)
    for column in rows.T:
        total = total * _BASE + column
    return total


def _words(codes: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One hash a word, with a 0 behind the words of each text, and where these ends are."""
    kept = (codes != 0) & (codes != _SPACE)
    first = kept.copy()
    first[1:] &= ~kept[:-1]
    at = np.flatnonzero(first)
    counts = np.diff(np.concatenate((np.zeros(1, np.int64), np.searchsorted(at, ends))))
    units: np.ndarray = np.zeros(len(at) + len(ends), np.uint64)
    if len(at):
        lengths: np.ndarray = np.diff(np.append(at, len(codes)))
        place = np.arange(at[0], len(codes)) - np.repeat(at, lengths)
        powers = np.multiply.accumulate(np.full(lengths.max(), _BASE))
        hashes = _mixed(np.add.reduceat(np.where(kept, codes, 0)[at[0]:] * powers[place], at - at[0]))
        units[np.arange(len(at)) + np.repeat(np.arange(len(ends)), counts)] = hashes
    return units, np.cumsum(counts + 1) - 1


def _mixed(hashes: np.ndarray) -> np.ndarray:
    """Spread every bit of a hash over its upper half, which MinHash orders by."""
    hashes = (hashes ^ (hashes >> _HALF)) * _MIX
    return hashes ^ (hashes >> _HALF)


def _starts(ends: np.ndarray) -> np.ndarray:
    return np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1)) if len(ends) else ends
