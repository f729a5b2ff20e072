"""Records that ask the same and are answered in different ways."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from tunewright.data.quality.bounds import Figures
from tunewright.data.quality.said import words


def loose(text: str) -> bytes:
    """16 bytes that are equal for texts whose words are equal, whatever case, punctuation and white space between."""
    return hashlib.sha256(" ".join(words(text.casefold())).encode()).digest()[:16]


def conflicts(asks: NDArray[np.int64], answers: NDArray[np.int64]) -> Figures:
    """For each record the share of those with the same number in `asks` (n,) whose number in `answers` (n,) differs.

    Records with a negative number in `asks` ask nothing: 0.
    """
    _, ask, together = np.unique(asks, return_inverse=True, return_counts=True)
    kinds, answer = np.unique(answers, return_inverse=True)
    _, pair, alike = np.unique(ask * len(kinds) + answer, return_inverse=True, return_counts=True)
    share = 1.0 - alike[pair] / together[ask]
    return np.where(asks < 0, 0.0, share)
