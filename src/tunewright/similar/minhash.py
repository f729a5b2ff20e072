"""MinHash (Broder 1997) in bands (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3).

Two texts agree in one minimum with the probability of their Jaccard similarity. A band is a hash over several minima;
texts that share a band are worth a comparison.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tunewright.similar.shingles import Sets

RECALL = 0.99
"""Chance that a pair exactly at the threshold shares a band; pairs above it have a better one."""

MINIMA = 128
"""Most minima that a text is worth."""

_LANES = 1 << 17
"""Shingles worked on at once, few enough for the cache of one core."""

_WASTE = 1 << 13
"""Shingles that may be repeated before a further block is cheaper."""


_SPREAD = np.uint64(0x9E3779B97F4A7C15)
# The same on every machine, whatever its numpy draws. More than MINIMA: at low thresholds a band is one minimum.
_FACTORS = np.frombuffer(hashlib.shake_128(b"minima").digest(16 * MINIMA), "<u4") | np.uint32(1)


@dataclass(frozen=True)
class Banding:
    """How many bands a text has, and over how many minima each goes (`rows`)."""

    bands: int
    rows: int


def banding(threshold: float) -> Banding:
    """The most selective banding that `MINIMA` pay for and that keeps `RECALL` at `threshold`, in [0.01, 1)."""
    best = Banding(_needed(threshold, 1), 1)
    for rows in range(2, MINIMA + 1):
        bands = _needed(threshold, rows)
        if bands * rows > MINIMA:
            break
        best = Banding(bands, rows)
    return best


def _needed(threshold: float, rows: int) -> int:
    return math.ceil(math.log(1 - RECALL) / math.log1p(-(threshold ** rows)))


def signatures(sets: Sets, shape: Banding) -> np.ndarray:
    """The bands of each set: uint32 of texts x bands. 0 in every band of an empty set, and nowhere else."""
    found: np.ndarray = np.zeros((len(sets.sizes), shape.bands), np.uint32)
    upper = (sets.hashes >> np.uint64(32)).astype(np.uint32)
    for texts, block in _blocks(upper, sets):
        found[texts] = _bands(block, shape)
    return found


def _blocks(hashes: np.ndarray, sets: Sets) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Texts of like size: their indices, and a block of hashes, shingles x texts.

    Side by side the minimum of many texts is taken at once. A shorter text repeats its first shingle, which changes
    no minimum.
    """
    order = np.argsort(-sets.sizes, kind="stable")
    sizes, starts = sets.sizes[order], sets.starts[order]
    begin, end = 0, int(np.count_nonzero(sizes))
    while begin < end:
        longest = int(sizes[begin])
        ahead = sizes[begin:min(end, begin + max(1, _LANES // longest))]
        many = max(1, int(np.searchsorted(np.cumsum(longest - ahead), _WASTE, "right")))
        some = slice(begin, begin + many)
        at = np.arange(longest)[:, None]
        yield order[some], hashes[starts[some] + np.where(at < sizes[some], at, 0)]
        begin += many


def _bands(block: np.ndarray, shape: Banding) -> np.ndarray:
    """The bands of one block: uint32 of texts x bands."""
    count = shape.bands * shape.rows
    minima, room = np.empty((count, block.shape[1]), np.uint32), np.empty_like(block)
    for at in range(count):
        # An odd factor permutes the 32-bit numbers.
        np.multiply(block, _FACTORS[at], out=room)
        np.minimum.reduce(room, axis=0, out=minima[at])
    total = np.zeros((shape.bands, block.shape[1]), np.uint64)
    for row in minima.reshape(shape.bands, shape.rows, -1).swapaxes(0, 1):
        total = (total ^ row) * _SPREAD
        total ^= total >> np.uint64(32)
    return np.maximum(total >> np.uint64(32), 1).T
