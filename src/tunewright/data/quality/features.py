"""Texts as hashed features: words, pairs of words, and runs of four bytes, which see through endings and slips.

Feature hashing after Weinberger et al. 2009 (arXiv:0902.2206): no dictionary is kept, so memory is bounded whatever
the texts hold.
"""

import zlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.data.quality.said import words

START, END = 400, 100
"""Characters that are looked at from either end of a text: some 650 features at most."""

_MIX = np.uint32(2654435761)  # 2^32 over the golden ratio: spreads the bits of four bytes (Knuth, volume 3, 6.4)


def ends(text: str) -> str:
    """The start and the end of a long text; a short one whole."""
    return text if len(text) <= START + END else f"{text[:START]} {text[-END:]}"


def matrix(texts: Iterable[str], bits: int) -> Any:
    """Which of the 2^bits features each text has, as a sparse matrix of ones, (texts, 2^bits), in CSR form."""
    from scipy.sparse import csr_matrix

    rows = [features(text, bits) for text in texts]
    starts = np.cumsum([0, *map(len, rows)])
    columns = np.concatenate(rows) if rows else np.empty(0, np.int32)
    return csr_matrix((np.ones(len(columns), np.float32), columns, starts), shape=(len(rows), 1 << bits))


def features(text: str, bits: int) -> NDArray[np.int32]:
    """The features of one text, each once, ascending."""
    found = words(ends(text).casefold())
    named = [*found, *(f"{one} {other}" for one, other in pairwise(found))]
    hashes = np.array([zlib.crc32(name.encode()) for name in named], np.uint32)
    said = np.frombuffer(f" {' '.join(found)} ".encode(), np.uint8).astype(np.uint32)
    runs = said[:-3] << 24 | said[1:-2] << 16 | said[2:-1] << 8 | said[3:]
    mixed = np.concatenate([hashes, runs * _MIX]) >> np.uint32(32 - bits)
    return np.unique(mixed).astype(np.int32)
