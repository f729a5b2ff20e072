"""Labels: when two are the same, and precision, recall and F1, averaged over the expected ones or over all answers."""

import string
from collections.abc import Sequence
from typing import Any

import numpy as np

OF_SET = ("macro_precision", "macro_recall", "macro_f1", "micro_precision", "micro_recall", "micro_f1")
"""Scores of a whole set of labels, not of each."""
_EDGE = string.whitespace + string.punctuation


def normalise(label: str) -> str:
    """A label without case, outer punctuation and doubled space: `" Card_Arrival."` is `card_arrival`.

    What is only punctuation is kept as it is.
    """
    plain = " ".join(label.casefold().split())
    return plain.strip(_EDGE) or plain


class OfLabel:
    """One label: how often it is given rightly, given at all, and expected. Labels are normalised ones."""

    def __init__(self, label: str, kind: str, expected: Sequence[str], given: Sequence[str]) -> None:
        truth = np.asarray([one == label for one in expected], dtype=float)
        guess = np.asarray([one == label for one in given], dtype=float)
        right = truth * guess
        self._over, self._under = {"precision": (right, guess), "recall": (right, truth),
                                   "f1": (2 * right, guess + truth)}[kind]

    def score(self, weights: Any) -> Any:
        """For item weights (draws x items) one figure a draw. 0/0 counts as 0."""
        under = weights @ self._under
        return (weights @ self._over) / np.where(under > 0, under, 1)


class Confusion:
    """Expected and given labels of the same items, ready to be weighed many times.

    Averages run over the labels that are expected somewhere. An answer that is no such label counts as a miss of
    the expected one; it does not open a class of its own, as free text would open one per item.
    """

    def __init__(self, expected: Sequence[str], given: Sequence[str]) -> None:
        names = [normalise(label) for label in expected]
        classes = {name: at for at, name in enumerate(sorted(set(names)))}
        truth = np.asarray([classes[name] for name in names])
        guess = np.asarray([classes.get(normalise(label), len(classes)) for label in given])
        wide = np.eye(len(classes) + 1)[:, : len(classes)]
        self._truth, self._guess = wide[truth], wide[guess]
        self._right = self._truth * self._guess

    def score(self, kind: str, weights: Any) -> Any:
        """`kind` (one of OF_SET) for item weights (draws x items): one figure a draw. 0/0 counts as 0.

        `macro` is the mean over the labels; `micro` counts all answers alike, where one that is no label is a miss
        and no false alarm.
        """
        hits, truth, guess = weights @ self._right, weights @ self._truth, weights @ self._guess
        average, what = kind.split("_")
        if average == "micro":
            hits, truth, guess = (part.sum(axis=1, keepdims=True) for part in (hits, truth, guess))
        under = {"precision": guess, "recall": truth, "f1": (guess + truth) / 2}[what]
        return (hits / np.where(under > 0, under, 1.0)).mean(axis=1)
