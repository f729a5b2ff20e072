"""Exposure: how much surer than chance a model is of a secret that was planted in what it learned from.

Carlini, Liu, Erlingsson, Kos and Song, "The Secret Sharer: Evaluating and Testing Unintended Memorization in Neural
Networks" (USENIX Security 2019). A secret is drawn evenly from a space of equal alternatives; its rank is its place
among them, the likeliest first; exposure = log2 of the space's size - log2 of the rank, in bits. A model that never saw
the secret gives it any rank alike, so rank / size is an exact p-value (a randomisation test): 1.44 bits are expected,
and 10 bits or more have a chance of one in a thousand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2, pi, sqrt

import numpy as np

from tunewright.core.canaries import FALSE
from tunewright.stats.holm import holm


@dataclass(frozen=True)
class Exposure:
    """`bits` = log2 `space` - log2 of the rank among `space` secrets; `p` is the chance of such a rank or a better one
    for a secret that the model never saw."""

    bits: float
    p: float


def exposure(own: float, others: Sequence[float], space: int) -> Exposure:
    """The exposure of a secret from its nats (-ln p) and those of others of its space, each drawn once at most.

    With all of the space the rank is exact. With a sample it is estimated from the share of those that are likelier;
    where none is, from a skew normal distribution fitted to the sample (the paper's second estimate), within what the
    sample and the space allow. `p` is exact in both cases. Ties count against the secret. Raises ValueError for no
    others, or more of them than the space holds.
    """
    if not 0 < len(others) < space:
        raise ValueError(f"{len(others)} others are no sample of a space of {space}")
    rank = 1 + sum(nats <= own for nats in others)
    p = rank / (len(others) + 1)
    if rank > 1 or len(others) == space - 1:
        return Exposure(-log2(p), p)
    return Exposure(min(max(-log2(p), extrapolated(own, others)), log2(space)), p)


def extrapolated(own: float, others: Sequence[float]) -> float:
    """-log2 of the share of secrets that are likelier than `own`, if their nats are skew normal.

    The distribution has the sample's mean, deviation and skewness (Azzalini, 1985), the last cut where no skew normal
    reaches. Nought for a sample that does not vary.
    """
    from scipy.stats import skewnorm

    sample = np.asarray(others)
    deviation = float(sample.std())
    if deviation == 0.0:
        return 0.0
    skew = float(np.clip((((sample - sample.mean()) / deviation) ** 3).mean(), -0.99, 0.99))
    part = abs(skew) ** (2 / 3)
    delta = float(np.sign(skew)) * sqrt(pi / 2 * part / (part + ((4 - pi) / 2) ** (2 / 3)))
    scale = deviation / sqrt(1 - 2 * delta**2 / pi)
    place = float(sample.mean()) - scale * delta * sqrt(2 / pi)
    shape = delta / sqrt(1 - delta**2)
    return -log2(max(float(skewnorm.cdf(own, shape, place, scale)), 1e-300))


def flagged(p_values: Sequence[float], false: float = FALSE) -> list[bool]:
    """Which canaries of one model the model was shown to know: with chance `false` at most, any that it never saw.

    Holm's correction over the canaries.
    """
    return holm(p_values, false)
