"""Differences that may be looked at again and again: intervals that hold at every look together.

An ordinary 95 % interval that is looked at after every request leaves zero sooner or later, even if nothing changed. An
asymptotic confidence sequence does so with a probability of at most `alpha` over all looks together (Waudby-Smith,
Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", 2021;
Robbins' normal mixture). Two streams of different users are compared: the information of their difference is the
inverse of its variance, and the score, difference times information, is a martingale in it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

ALPHA = 0.05
"""Chance that the truth is ever outside, over all looks together."""


@dataclass
class Stream:
    """Outcomes of one arm, each between `floor` and `ceiling`, summed by unit: outcomes of one user or conversation go
    together. Memory grows with the number of units."""

    floor: float = 0.0
    ceiling: float = 1.0
    _sums: dict[str, tuple[float, int]] = field(default_factory=dict)
    _count: int = 0
    _total: float = 0.0
    _squares: float = 0.0  # over units: of their sums, of sums times counts, of their counts
    _products: float = 0.0
    _sizes: float = 0.0

    def add(self, unit: str, value: float) -> None:
        """One more outcome. An unnamed unit is one of its own."""
        key = unit or f"\0{self._count}"
        total, count = self._sums.get(key, (0.0, 0))
        self._sums[key] = total + value, count + 1
        self._squares += (total + value) ** 2 - total**2
        self._products += (total + value) * (count + 1) - total * count
        self._sizes += 2 * count + 1
        self._count += 1
        self._total += value

    def extend(self, outcomes: Iterable[tuple[str, float]]) -> None:
        """Several more."""
        for unit, value in outcomes:
            self.add(unit, value)

    @property
    def count(self) -> int:
        """Outcomes so far."""
        return self._count

    @property
    def mean(self) -> float:
        """Their mean; two imagined outcomes, one at each end, keep it and its variance off the ends."""
        return (self._total + self.floor + self.ceiling) / (self._count + 2)

    @property
    def variance(self) -> float:
        """Variance of the mean, with units as they hang together (a ratio of sums, linearised)."""
        mean = self.mean
        squares = max(0.0, self._squares - 2 * mean * self._products + mean**2 * self._sizes)
        squares += (self.floor - mean) ** 2 + (self.ceiling - mean) ** 2
        units = len(self._sums) + 2
        return squares * units / (units - 1) / (self._count + 2) ** 2


@dataclass(frozen=True)
class Difference:
    """`value` is the first stream's mean less the second's; `low` and `high` hold at every look together."""

    value: float
    low: float
    high: float
    counts: tuple[int, int]


def difference(one: Stream, other: Stream, aim: float, alpha: float = ALPHA) -> Difference:
    """The difference of two streams' means. The interval is tightest about when it is as wide as `aim` to each side."""
    value = one.mean - other.mean
    half = width(one.variance + other.variance, aim, alpha)
    span = max(one.ceiling, other.ceiling) - min(one.floor, other.floor)
    return Difference(value, max(value - half, -span), min(value + half, span), (one.count, other.count))


def level(stream: Stream, aim: float, alpha: float = ALPHA) -> Difference:
    """One stream's mean, with an interval that holds at every look together."""
    half = width(stream.variance, aim, alpha)
    return Difference(stream.mean, max(stream.mean - half, stream.floor), min(stream.mean + half, stream.ceiling),
                      (stream.count, 0))


def width(variance: float, aim: float, alpha: float = ALPHA) -> float:
    """Half the interval's width for an estimate of this variance: Robbins' boundary, tuned for `aim`."""
    information, mixed = 1 / variance, 1 / aim**2
    return math.sqrt((information + mixed) * math.log((information + mixed) / (mixed * alpha**2))) / information
