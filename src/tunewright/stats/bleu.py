"""BLEU of a whole set (Papineni et al., 2002), counted item by item so that items can be weighed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

_ORDERS = 4  # longest n-gram, in words


class CorpusBleu:
    """Answers and expected texts, whose n-grams (13a words) are counted once.

    The figure is that of sacrebleu's `corpus_bleu`, divided by 100: exponential smoothing of orders without a match.
    """

    def __init__(self, answers: Sequence[str], expected: Sequence[str]) -> None:
        from sacrebleu.metrics import BLEU

        bleu = BLEU()
        counted = [bleu.corpus_score([answer], [[other]]) for answer, other in zip(answers, expected, strict=True)]
        self._counts = np.asarray([[one.sys_len, one.ref_len, *one.counts, *one.totals] for one in counted], float)

    def score(self, weights: Any) -> Any:
        """For item weights (draws x items) one figure a draw, from 0 to 1."""
        sums = weights @ self._counts
        ours, theirs = sums[:, 0], sums[:, 1]
        right, all_ = sums[:, 2:2 + _ORDERS], sums[:, 2 + _ORDERS:]
        halved = 2.0 ** np.cumsum((right == 0) & (all_ > 0), axis=1)
        shares = np.where(right > 0, right, 1 / halved) / np.where(all_ > 0, all_, 1)
        # An order of which the answers have no n-gram at all makes the whole 0, as does no match of any order.
        told = (all_ > 0).all(axis=1) & right.any(axis=1)
        short = np.exp(np.minimum(0.0, 1 - theirs / np.where(ours > 0, ours, 1)))
        return np.where(told, short * np.exp(np.log(shares).mean(axis=1)), 0.0).clip(0, 1)
