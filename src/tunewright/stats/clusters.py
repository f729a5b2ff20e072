"""Whether two samples of vectors are the same mix of groups that nobody has named: of intents, of topics."""

from typing import Any

import numpy as np

from tunewright.stats.estimate import Array
from tunewright.stats.shift import Shift, categories

MOST = 8
"""Groups, at most."""
_STARTS, _ROUNDS = 4, 50


def mix(before: Any, now: Any, most: int = MOST, seed: int = 0) -> Shift:
    """Compare the shares of groups in two samples of vectors (n x d and m x d), as `categories` does.

    The groups are found in both samples together, blind to which vector is whose, so that the χ² test holds. Groups of
    the first sample alone would hide what is new: its vectors would each go to whatever group lies nearest.
    """
    labels = clusters(np.vstack([np.asarray(before, dtype=float), np.asarray(now, dtype=float)]), most, seed)
    return categories(labels[:len(before)].tolist(), labels[len(before):].tolist())


def clusters(points: Array, most: int = MOST, seed: int = 0) -> Array:
    """The number of each point's group (n x d to n): k-means of at most so many, the best of four starts.

    Equal points are one with a weight, and the order of the points says nothing. Starts are drawn far apart: Arthur and
    Vassilvitskii, "k-means++: the advantages of careful seeding", 2007.
    """
    distinct, place, counts = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    weights = counts.astype(float)
    dice = np.random.default_rng(seed)
    found = [_settled(distinct, weights, _start(distinct, weights, most, dice)) for _ in range(_STARTS)]
    labels = min(found, key=lambda one: one[0])[1]
    return labels[place.reshape(-1)]


def _start(points: Array, weights: Array, most: int, dice: np.random.Generator) -> Array:
    """Centres among the points: each is drawn by its squared distance from the nearest before it."""
    chosen = [int(dice.choice(len(points), p=weights / weights.sum()))]
    far = _squares(points, points[chosen])[:, 0]
    while len(chosen) < most and (chance := far * weights).sum() > 0:
        chosen.append(int(dice.choice(len(points), p=chance / chance.sum())))
        far = np.minimum(far, _squares(points, points[chosen[-1:]])[:, 0])
    return points[chosen]


def _settled(points: Array, weights: Array, centres: Array) -> tuple[float, Array]:
    """Lloyd's rounds until no point changes its group: the weighted squares that are left, and the groups."""
    labels = np.full(len(points), -1)
    for _ in range(_ROUNDS):
        squares = _squares(points, centres)
        nearest = squares.argmin(axis=1)
        if (nearest == labels).all():
            break
        labels = nearest
        member = (labels[:, None] == np.arange(len(centres))) * weights[:, None]
        mass = member.sum(axis=0)
        held = mass > 0  # a group that lost all its points keeps its centre
        centres[held] = (member.T @ points)[held] / mass[held, None]
    return float((squares.min(axis=1) * weights).sum()), labels


def _squares(points: Array, centres: Array) -> Array:
    """Squared distances (n x k)."""
    lengths = (points**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)[None, :]
    return np.maximum(lengths - 2 * points @ centres.T, 0.0)
