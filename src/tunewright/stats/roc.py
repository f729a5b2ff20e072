"""Receiver operating characteristic: how well a score tells members from others, weighed as often as needed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

FALSE = 0.01
"""Share of false alarms at which the share of members that are found is told."""


class Ranking:
    """Scores of members and others: the higher, the more like a member. Raises ValueError if either has none."""

    def __init__(self, scores: Sequence[float], members: Sequence[bool]) -> None:
        told, member = np.asarray(scores, dtype=float), np.asarray(members, dtype=bool)
        if member.all() or not member.any():
            raise ValueError("members and others are needed")
        self._order = np.argsort(-told, kind="stable")
        ranked = told[self._order]
        # Where each run of equal scores begins: ties are found or missed together.
        self._starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
        self._member = member[self._order]

    def auc(self, weights: Any) -> Any:
        """Area under the curve for item weights (draws x items), one figure a draw: the chance that a member scores
        above another, ties counting half (the Mann-Whitney statistic)."""
        found, alarms = self._runs(weights)
        below = alarms.sum(axis=1, keepdims=True) - alarms.cumsum(axis=1) + alarms / 2
        return (found * below).sum(axis=1) / (found.sum(axis=1) * alarms.sum(axis=1))

    def found(self, weights: Any, false: float = FALSE) -> Any:
        """Share of members above the lowest threshold at which no more than `false` of the others are, one a draw."""
        found, alarms = self._runs(weights)
        allowed = alarms.cumsum(axis=1) <= false * alarms.sum(axis=1, keepdims=True) * (1 + 1e-9)
        return (found * allowed).sum(axis=1) / found.sum(axis=1)

    def _runs(self, weights: Any) -> tuple[Any, Any]:
        """The weight of members and of others in each run of equal scores, the highest first (draws x runs)."""
        ranked = weights[:, self._order]
        return (np.add.reduceat(ranked * self._member, self._starts, axis=1),
                np.add.reduceat(ranked * ~self._member, self._starts, axis=1))
