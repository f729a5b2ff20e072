"""Labels: when two are the same, and precision, recall and F1 averaged over the expected ones."""

import string
from collections.abc import Sequence
from typing import Any

import numpy as np

MACRO = ("macro_precision", "macro_recall", "macro_f1")
_EDGE = string.whitespace + string.punctuation


def normalise(label: str) -> str:
    """A label without case, outer punctuation and doubled space: `" Card_Arrival."` is `card_arrival`.

    What is only punctuation is kept as it is.
    """
    plain = " ".join(label.casefold().split())
    return plain.strip(_EDGE) or plain


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
        """`kind` (one of MACRO) for item weights (draws x items): one figure a draw. 0/0 counts as 0."""
        hits, truth, guess = weights @ self._right, weights @ self._truth, weights @ self._guess
        under = {"macro_precision": guess, "macro_recall": truth, "macro_f1": (guess + truth) / 2}[kind]
        return (hits / np.where(under > 0, under, 1.0)).mean(axis=1)
