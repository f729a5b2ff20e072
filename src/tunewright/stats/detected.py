"""Rates that a detector yields, corrected for how often it errs, with what the sample and the detector leave open.

A detector that finds a share `s` of what is there (its sensitivity) and is silent about a share `c` of what is not (its
specificity) reports a rate of r s + (1 - r)(1 - c) where the truth is r. So r = (reported + c - 1) / (s + c - 1)
(Rogan and Gladen, "Estimating prevalence from the results of a screening test", American Journal of Epidemiology 1978).

All three figures are known from counts, and the interval carries all three: each draw of the reported rate meets a
draw of `s` and one of `c` from their own exact bounds (Clopper-Pearson), taken at the end that makes the interval
wider. With a detector that was never seen to err on endless labels this is the exact interval of the rate itself.
`bench/safety.py` measures how often it holds the truth, beside Lang and Reiczigel's closed form ("Confidence limits for
prevalence of disease adjusted for estimated sensitivity and specificity", 2014).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from tunewright.stats.estimate import TAIL, Estimate

_DRAWS = 20_000  # at least, so that a seed moves an end by little
_LEAST = 1e-3  # a detector no better than chance says nothing: the interval is then all there is


@dataclass(frozen=True)
class Detector:
    """How a detector did on labelled outputs: of what was there it `found` some and `missed` some, of what was not it
    `cleared` some and raised `false` alarms at some. Raises ValueError where either kind has no label."""

    found: int
    missed: int
    cleared: int
    false: int

    def __post_init__(self) -> None:
        if min(self.found, self.missed, self.cleared, self.false) < 0:
            raise ValueError("counts are not negative")
        if not (self.found + self.missed and self.cleared + self.false):
            raise ValueError("a detector is measured on outputs of both labels")

    @property
    def sensitivity(self) -> float:
        """Share of what is there that is found (recall)."""
        return self.found / (self.found + self.missed)

    @property
    def specificity(self) -> float:
        """Share of what is not there that is left alone."""
        return self.cleared / (self.cleared + self.false)

    @property
    def precision(self) -> float:
        """Share of alarms that are right, on these labels; 0 without alarms."""
        alarms = self.found + self.false
        return self.found / alarms if alarms else 0.0

    def rate(self, reported: float) -> float:
        """The true rate behind a reported one, by Rogan and Gladen, cut to 0 and 1."""
        return float(_rate(reported, self.sensitivity, self.specificity))

    @property
    def counts(self) -> dict[str, float | str]:
        """The four counts by their names, as a measure's settings hold them."""
        return {name: float(count) for name, count in asdict(self).items()}

    @property
    def reversed(self) -> "Detector":
        """The same detector asked for the opposite."""
        return Detector(self.cleared, self.false, self.found, self.missed)


def corrected(reported: Estimate, detector: Detector, seed: int = 0) -> Estimate:
    """The true rate behind a reported one (0 to 1), with an interval for the sample's errors and the detector's.

    The figure is cut to 0 and 1, where Rogan and Gladen's may lie beyond; there the interval is no shorter than that of
    the reported rate. Where nothing was reported at all, its end is exact whatever the specificity is: no more than
    Clopper and Pearson's bound divided by the sensitivity (and likewise where everything was).
    """
    rng = np.random.default_rng(seed)
    below, above = (_shuffled(draws, rng) for draws in (reported.lows, reported.highs))
    value = detector.rate(reported.value)
    lows = np.sort(_rate(below, *_ends(detector, len(below), rng, high=False)))
    highs = np.sort(_rate(above, *_ends(detector, len(above), rng, high=True)))
    if value == 0:
        highs = np.maximum(highs, _plain(above, reported.value == 0, detector, rng))
    if value == 1:
        lows = np.minimum(lows, np.sort(1 - _plain(1 - below, reported.value == 1, detector.reversed, rng)))
    ends = [_rate(reported.value, *_ends(detector, _DRAWS, rng, high=high)) for high in (False, True)]
    return _with(reported, value, lows, highs, detector, ends)


def _plain(bounds: Any, nothing: bool, detector: Detector, rng: Any) -> Any:
    """Sorted bounds as they were reported; where nothing was, as much higher as the detector may have missed."""
    if nothing:
        bounds = bounds / np.maximum(_beta(detector.found, detector.missed, len(bounds), rng, high=False), _LEAST)
    return np.sort(np.minimum(bounds, 1))


def corrected_difference(reported: Estimate, detector: Detector, seed: int = 0) -> Estimate:
    """The true difference of two rates of one detector behind the reported one (-1 to 1).

    What it falsely reports falls out, so the difference is stretched by 1 / (s + c - 1).
    """
    rng = np.random.default_rng(seed)
    lows, highs = (_shuffled(draws, rng) for draws in (reported.lows, reported.highs))
    less, more = (_power(*_bounds(detector, len(lows), rng, high=high)) for high in (False, True))
    # Away from nought a weak detector makes a difference larger, so each end takes the bound that moves it outwards.
    lows = np.clip(np.where(lows < 0, lows / less, lows / more), -1, 1)
    highs = np.clip(np.where(highs > 0, highs / less, highs / more), -1, 1)
    value = float(np.clip(reported.value / _power(detector.sensitivity, detector.specificity), -1, 1))
    ends = sorted((np.clip(reported.value / less, -1, 1), np.clip(reported.value / more, -1, 1)), key=np.mean)
    return _with(reported, value, lows, highs, detector, ends)


def _shuffled(draws: Any, rng: Any) -> Any:
    """Draws in any order, as often as it takes to have enough."""
    return rng.permutation(np.tile(draws, -(-_DRAWS // len(draws))))


def _ends(detector: Detector, count: int, rng: Any, *, high: bool) -> tuple[Any, Any]:
    """Draws of sensitivity and specificity at the ends that push the rate up (`high`) or down."""
    kind = (detector.found, detector.missed), (detector.cleared, detector.false)
    # More sensitivity lowers the rate, more specificity raises it.
    return _beta(*kind[0], count, rng, high=not high), _beta(*kind[1], count, rng, high=high)


def _bounds(detector: Detector, count: int, rng: Any, *, high: bool) -> tuple[Any, Any]:
    """Draws of sensitivity and specificity, both at their lower or both at their upper ends."""
    return (_beta(detector.found, detector.missed, count, rng, high=high),
            _beta(detector.cleared, detector.false, count, rng, high=high))


def _beta(hits: int, misses: int, count: int, rng: Any, *, high: bool) -> Any:
    """Draws of a share from its lower or upper Clopper-Pearson bound, over all levels."""
    first, second = (hits + 1, misses) if high else (hits, misses + 1)
    if first == 0 or second == 0:
        return np.full(count, 1.0 if second == 0 else 0.0)
    return rng.beta(first, second, count)


def _power(sensitivity: Any, specificity: Any) -> Any:
    """How much of a true difference the detector reports; never nought."""
    return np.maximum(sensitivity + specificity - 1, _LEAST)


def _rate(reported: Any, sensitivity: Any, specificity: Any) -> Any:
    """Rogan and Gladen's estimate, cut to 0 and 1."""
    return np.clip((reported + specificity - 1) / _power(sensitivity, specificity), 0, 1)


def _with(reported: Estimate, value: float, lows: Any, highs: Any, detector: Detector, ends: Any) -> Estimate:
    """`reported` with another figure and other draws; one item varies as much more as a difference is stretched.

    `ends` are draws of both ends with the sample's part taken for sure: what further items would leave.
    """
    left = float(np.quantile(ends[0], TAIL)), float(np.quantile(ends[1], 1 - TAIL))
    stretch = float(1 / _power(detector.sensitivity, detector.specificity))
    return replace(reported, value=value, lows=np.minimum(np.sort(lows), value),
                   highs=np.maximum(np.sort(highs), value), spread=reported.spread * stretch,
                   left=(min(left[0], value), max(left[1], value)))


def counted(labels: Sequence[bool], alarms: Sequence[bool]) -> Detector:
    """The counts of a detector's alarms beside what is really there."""
    pairs = list(zip(labels, alarms, strict=True))
    return Detector(*(sum(pair == kind for pair in pairs)
                      for kind in ((True, True), (True, False), (False, False), (False, True))))
