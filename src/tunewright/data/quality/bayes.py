"""What a model of the other records says of each record's label: multinomial naive Bayes, cross-validated.

It is fitted by counting, so a pass over the records is all it costs. Its probabilities are too sure of themselves;
one temperature mends that (Guo et al. 2017, arXiv:1706.04599). But some labels are wrong, and a temperature that makes
those likely too would make the model doubt everything. So two things are found together, where the labels held out are
likeliest: the temperature, and the share of labels that were drawn from all alike instead of by what the record says
(symmetric noise, as in Natarajan et al. 2013, "Learning with Noisy Labels").
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
_SMOOTHING = 0.1
_ENOUGH = 100  # records, below which nothing is said of their labels
_GAIN = 0.1  # nats a label, by which texts must tell more of labels than how frequent they are
_TUNED = 5_000  # records that temperature and noise are found on
_CELLS = 1 << 23  # weights of one model at most: 32 MB


@dataclass(frozen=True)
class Bayes:
    """One model a fold, each fitted without its fold. `weights`: (folds, features, classes); `prior`: (folds, classes).

    A record's log-probabilities are `(features @ weights[fold] + prior[fold]) · heat`, normalised. `noise` is the share
    of labels that were drawn from all alike; `tells` whether texts say enough of labels for that to mean anything.
    """

    weights: NDArray[np.float32]
    prior: NDArray[np.float32]
    heat: float
    noise: float
    tells: bool

    def chances(self, rows: Any, folds: NDArray[np.int64]) -> NDArray[np.float32]:
        """The probability of each class for sparse rows of features, by the model that has not seen them.

        It is the probability of what the record says, labels drawn blindly aside.
        """
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
    some = np.linspace(0, len(labels) - 1, min(len(labels), _TUNED)).astype(np.int64)
    heat, noise, surprise = _tuned(_scores(weights, prior, rows[some], folds[some]), labels[some])
    share = np.bincount(labels, minlength=classes) / len(labels)
    blindly = -float(np.sum(share * np.log(np.maximum(share, 1e-12))))
    return Bayes(weights, prior, heat, noise, len(labels) >= _ENOUGH and blindly - surprise >= _GAIN)


def _scores(weights: NDArray[np.float32], prior: NDArray[np.float32], rows: Any,
            folds: NDArray[np.int64]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.empty((rows.shape[0], prior.shape[1]), np.float32)
    for fold in range(FOLDS):
        own = np.flatnonzero(folds == fold)
        found[own] = rows[own] @ weights[fold] + prior[fold]
    return found


def _tuned(scores: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[float, float, float]:
    """The factor on the scores and the share of blind labels at which the labels held out are likeliest; and how
    unlikely they are even so, in nats a label.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    at, classes = np.arange(len(labels)), scores.shape[1]

    def surprise(point: NDArray[np.float64]) -> float:
        own, blind = _softmax(scores * np.exp(point[0]))[at, labels], expit(point[1])
        return -float(np.log((1 - blind) * own + blind / classes + 1e-12).mean())

    found = minimize(surprise, (-2.0, -3.0), method="Nelder-Mead", bounds=((-6.0, 1.0), (-9.0, 0.0)),
                     options={"xatol": 0.02, "fatol": 1e-5})
    return float(np.exp(found.x[0])), float(expit(found.x[1])), float(found.fun)


def _softmax(scores: NDArray[Any]) -> NDArray[np.float32]:
    raised = np.exp(scores - scores.max(1, keepdims=True))
    chances: NDArray[np.float32] = (raised / raised.sum(1, keepdims=True)).astype(np.float32)
    return chances
