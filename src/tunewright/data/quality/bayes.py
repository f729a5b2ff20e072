"""What a model of the other records says of each record's label: multinomial naive Bayes, cross-validated.

It is fitted by counting, so a pass over the records is all it costs. Its probabilities are too sure of themselves;
one temperature, found where the held-out labels are likeliest, mends that (Guo et al. 2017, arXiv:1706.04599).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
_SMOOTHING = 0.1
_CELLS = 1 << 23  # weights of one model at most: 32 MB


@dataclass(frozen=True)
class Bayes:
    """One model a fold, each fitted without its fold. `weights`: (folds, features, classes); `prior`: (folds, classes).

    A record's log-probabilities are `(features @ weights[fold] + prior[fold]) · heat`, normalised.
    """

    weights: NDArray[np.float32]
    prior: NDArray[np.float32]
    heat: float

    def chances(self, rows: Any, folds: NDArray[np.int64]) -> NDArray[np.float32]:
        """The probability of each class for sparse rows of features, by the model that has not seen them."""
        return _softmax(_scores(self.weights, self.prior, rows, folds) * self.heat)


def bits(classes: int) -> int:
    """How many bits a feature may have so that one model's weights stay within 32 MB; 17 at most."""
    return min(17, int(np.log2(_CELLS // max(classes, 1))))


def fit(rows: Any, labels: NDArray[np.int64], classes: int, folds: NDArray[np.int64]) -> Bayes:
    """Fit one model for each fold on the records outside it. `rows` (n, features) in CSR form; `labels` and `folds`
    (n,) with folds below FOLDS.
    """
    from scipy.sparse import csr_matrix

    chosen = csr_matrix((np.ones(len(labels), np.float32), (labels, np.arange(len(labels)))),
                        shape=(classes, len(labels)))
    weights: NDArray[np.float32] = np.empty((FOLDS, rows.shape[1], classes), np.float32)
    prior: NDArray[np.float32] = np.empty((FOLDS, classes), np.float32)
    for fold in range(FOLDS):
        others = np.flatnonzero(folds != fold)
        counts = np.asarray((chosen[:, others] @ rows[others]).todense(), np.float32) + _SMOOTHING
        weights[fold] = np.log(counts / counts.sum(1, keepdims=True)).T
        number = np.bincount(labels[others], minlength=classes) + 1.0
        prior[fold] = np.log(number / number.sum())
    scores = _scores(weights, prior, rows, folds)
    return Bayes(weights, prior, _heat(scores, labels))


def _scores(weights: NDArray[np.float32], prior: NDArray[np.float32], rows: Any,
            folds: NDArray[np.int64]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.empty((rows.shape[0], prior.shape[1]), np.float32)
    for fold in range(FOLDS):
        own = np.flatnonzero(folds == fold)
        found[own] = rows[own] @ weights[fold] + prior[fold]
    return found


def _heat(scores: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The factor on the scores at which the labels held out are likeliest."""
    from scipy.optimize import minimize_scalar

    at = np.arange(len(labels))

    def surprise(power: float) -> float:
        return -float(np.log(_softmax(scores * np.exp(power))[at, labels] + 1e-12).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-6.0, 1.0), method="bounded", options={"xatol": 0.02}).x))


def _softmax(scores: NDArray[Any]) -> NDArray[np.float32]:
    raised = np.exp(scores - scores.max(1, keepdims=True))
    chances: NDArray[np.float32] = (raised / raised.sum(1, keepdims=True)).astype(np.float32)
    return chances
