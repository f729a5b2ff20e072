"""Calibration: whether answers given with confidence c are right in a share c of cases."""

from collections.abc import Sequence
from typing import Any

import numpy as np

BINS = 10


def brier(confidence: float, right: bool) -> float:
    """The squared distance of a confidence (0 to 1) from what came true (Brier, 1950). Less is better."""
    return (confidence - right) ** 2


class Calibration:
    """Confidences (0 to 1) and outcomes of the same items, ready to be weighed many times."""

    def __init__(self, confidences: Sequence[float], right: Sequence[bool]) -> None:
        told, came = np.asarray(confidences, dtype=float), np.asarray(right, dtype=float)
        place = np.minimum((told * BINS).astype(int), BINS - 1)
        self._gaps = np.eye(BINS)[place] * (told - came)[:, None]

    def error(self, weights: Any) -> Any:
        """Expected calibration error for item weights (draws x items): one figure a draw.

        Ten bins of equal width; each adds its share of the items times the distance of its mean confidence from its
        share of right answers (Naeini et al., 2015).
        """
        return np.abs(weights @ self._gaps).sum(axis=1) / weights.sum(axis=1)
