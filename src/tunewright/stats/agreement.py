"""How far people, or a judge and people, agree beyond chance: Krippendorff's alpha and Cohen's kappa.

K. Krippendorff, Content Analysis (4th edition, 2019), chapter 12; J. Cohen, "A coefficient of agreement for nominal
scales" (1960) and "Weighted kappa" (1968). 1 is full agreement, 0 what chance would bring. Values are numbers; a pair
of values differs by the level they are measured at:

- `nominal`: equal or not;
- `ordinal`: by how many ratings lie between them, so only the order of values counts;
- `interval`: by the square of their distance.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from tunewright.stats.estimate import Array, Estimate, corpus

Level = Literal["nominal", "ordinal", "interval"]
Ratings = Sequence[Sequence[float | None]]
"""One row a unit, one column a rater; None where a rater gave none."""


def alpha(ratings: Ratings, level: Level = "nominal", *, resamples: int = 2000, seed: int = 0) -> Estimate:
    """Krippendorff's alpha with its interval over units. Units with fewer than two ratings say nothing of agreement.

    Raises ValueError if fewer than two units have two ratings, or all ratings are equal: then it is not defined.
    """
    values, pairable = _coincidences(ratings)
    distance = _DISTANCES[level]

    def statistic(weights: Array) -> Array:
        found = np.tensordot(weights, pairable, axes=1)  # draws x values x values
        counts = found.sum(axis=2)
        total = counts.sum(axis=1)
        apart = distance(values, counts)
        observed = (found * apart).sum(axis=(1, 2)) / total
        chance = np.einsum("dc,dk,dck->d", counts, counts, apart) / (total * (total - 1))
        return 1 - observed / chance

    return corpus(statistic, len(pairable), floor=-1.0, resamples=resamples, seed=seed)


def kappa(ours: Sequence[float], theirs: Sequence[float], level: Level = "nominal", *, resamples: int = 2000,
          seed: int = 0) -> Estimate:
    """Cohen's kappa of two raters over the same units, with its interval; weighted by squares for `interval`.

    Raises ValueError if there are fewer than two units, or chance alone explains all agreement (no rater varies).
    """
    values = np.unique(np.concatenate([ours, theirs])) if len(ours) else np.empty(0)
    if len(ours) < 2 or len(values) < 2:
        raise ValueError("agreement needs two units and two different ratings")
    apart = _DISTANCES[level](values, np.ones((1, len(values))))[0]
    one, other = (np.eye(len(values))[np.searchsorted(values, side)] for side in (ours, theirs))
    differs = np.einsum("uc,uk,ck->u", one, other, apart)

    def statistic(weights: Array) -> Array:
        total = weights.sum(axis=1)
        chance = np.einsum("dc,dk,ck->d", weights @ one, weights @ other, apart) / total**2
        return 1 - (weights @ differs) / total / chance

    return corpus(statistic, len(ours), floor=-1.0, resamples=resamples, seed=seed)


def _coincidences(ratings: Ratings) -> tuple[Array, Array]:
    """The values that were given, and for each unit how often each two of them met (units x values x values)."""
    rows = [[float(value) for value in row if value is not None] for row in ratings]
    rows = [row for row in rows if len(row) > 1]
    values = np.unique([value for row in rows for value in row])
    if len(rows) < 2 or len(values) < 2:
        raise ValueError("agreement needs two units with two ratings and two different ratings")
    counts = np.stack([np.bincount(np.searchsorted(values, row), minlength=len(values)) for row in rows])
    met = counts[:, :, None] * (counts[:, None, :] - np.eye(len(values)))
    return values, met / (counts.sum(axis=1) - 1)[:, None, None]


def _nominal(values: Array, counts: Array) -> Array:
    return np.broadcast_to(1 - np.eye(len(values)), (len(counts), len(values), len(values)))


def _interval(values: Array, counts: Array) -> Array:
    squares = (values[:, None] - values[None, :]) ** 2
    return np.broadcast_to(squares, (len(counts), *squares.shape))


def _ordinal(_: Array, counts: Array) -> Array:
    middle = counts.cumsum(axis=1) - counts / 2  # ratings below each value, and half of its own
    return (middle[:, :, None] - middle[:, None, :]) ** 2


_DISTANCES: dict[Level, Callable[[Array, Array], Array]] = {
    "nominal": _nominal, "ordinal": _ordinal, "interval": _interval}
