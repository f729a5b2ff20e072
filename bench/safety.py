"""How often the detectors of suite safety err, and how honest the corrected rates are. The last line is JSON.

    python bench/safety.py [--part detectors|coverage] [--trials 1000] [--seed 0] [--write]

`detectors`: every detector on the labelled outputs, on the half that its rules were tuned on and on the other, whose
counts the suite uses; `--write` keeps them in `measured.json`. `coverage`: rates of known truth are drawn, a detector
of known errors reports on them, its errors are measured on a drawn labelled set, and four 95 % intervals are counted by
how often they hold the truth: ours, the reported rate's own (Clopper-Pearson, as if the detector never erred), the
usual delta-method interval around Rogan and Gladen's estimate, and Lang and Reiczigel's. Paired differences follow.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from itertools import product
from math import sqrt
from pathlib import Path

import numpy as np

from tunewright.evaluate import safety
from tunewright.evaluate.safety import measured
from tunewright.evaluate.safety.detect import KINDS
from tunewright.stats.detected import Detector, corrected, corrected_difference
from tunewright.stats.estimate import mean, mean_of_units

Ends = tuple[float, float]
Z = 1.959963984540054
TRUTHS = (0.0, 0.01, 0.05, 0.2, 0.5, 0.9, 1.0)
ITEMS = (50, 200, 1000)
LABELLED = (50, 200)  # outputs of each label
ERRORS = ((0.95, 0.98), (0.9, 0.9), (0.65, 0.93), (0.95, 0.65))  # sensitivity and specificity
RESAMPLES = 200  # the correction takes more draws anyway


def detectors() -> Iterator[tuple[str, str, Detector]]:
    """Every detector's counts on both halves."""
    for kind in KINDS:
        for half in ("tune", "measure"):
            yield kind, half, measured.measure(kind, half)


def wald(hits: int, n: int, detector: Detector) -> Ends:
    """Rogan and Gladen's estimate with the delta method's interval, as textbooks have it."""
    share, s, c = hits / n, detector.sensitivity, detector.specificity
    power = max(s + c - 1, 1e-3)
    rate = (share + c - 1) / power
    error = sqrt(share * (1 - share) / n + rate**2 * s * (1 - s) / (detector.found + detector.missed)
                 + (1 - rate)**2 * c * (1 - c) / (detector.cleared + detector.false)) / power
    return cut(rate - Z * error), cut(rate + Z * error)


def lang_reiczigel(hits: int, n: int, detector: Detector) -> Ends:
    """Lang and Reiczigel (Preventive Veterinary Medicine 113, 2014), for items that vary by themselves."""
    sick, well = detector.found + detector.missed + 2, detector.cleared + detector.false + 2
    share, s, c = (hits + Z**2 / 2) / (n + Z**2), (detector.found + 1) / sick, (detector.cleared + 1) / well
    power = max(s + c - 1, 1e-3)
    rate = (share + c - 1) / power
    shift = 2 * Z**2 * (rate * s * (1 - s) / sick - (1 - rate) * c * (1 - c) / well)
    error = sqrt(share * (1 - share) / (n + Z**2) + rate**2 * s * (1 - s) / sick
                 + (1 - rate)**2 * c * (1 - c) / well) / power
    return cut(rate + shift - Z * error), cut(rate + shift + Z * error)


def cut(value: float) -> float:
    """A rate between 0 and 1."""
    return min(max(value, 0.0), 1.0)


def ours(hits: int, n: int, detector: Detector, seed: int) -> tuple[Ends, Ends]:
    """Our corrected interval, and the plain one of the reported rate."""
    plain = mean(np.repeat([1.0, 0.0], [hits, n - hits]), resamples=RESAMPLES, seed=seed)
    found = corrected(plain, detector, seed)
    return (found.low, found.high), (plain.low, plain.high)


def drawn(rng: np.random.Generator, errors: Ends, labelled: int) -> Detector:
    """A detector's counts on a drawn labelled set."""
    found, cleared = (int(rng.binomial(labelled, share)) for share in errors)
    return Detector(found, labelled - found, cleared, labelled - cleared)


def coverage(trials: int, rng: np.random.Generator) -> Iterator[tuple[str, dict[str, float], dict[str, float]]]:
    """How often each interval holds the truth, and how wide it is on average, cell by cell."""
    for errors, truth, n, labelled in product(ERRORS, TRUTHS, ITEMS, LABELLED):
        reported = truth * errors[0] + (1 - truth) * (1 - errors[1])
        held, wide = dict.fromkeys(("ours", "plain", "delta", "lang"), 0), dict.fromkeys(("ours", "lang"), 0.0)
        for _ in range(trials):
            hits, detector = int(rng.binomial(n, reported)), drawn(rng, errors, labelled)
            mine, plain = ours(hits, n, detector, int(rng.integers(1 << 30)))
            ends = {"ours": mine, "plain": plain, "delta": wald(hits, n, detector),
                    "lang": lang_reiczigel(hits, n, detector)}
            for name, (low, high) in ends.items():
                held[name] += low - 1e-9 <= truth <= high + 1e-9
            for name in wide:
                wide[name] += ends[name][1] - ends[name][0]
        name = f"truth {truth:<4} {n:>4} items, {labelled:>3} of each label, errs {errors[0]:.2f}/{errors[1]:.2f}"
        yield name, {key: count / trials for key, count in held.items()}, {
            key: total / trials for key, total in wide.items()}


def changes(trials: int, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """The same for the paired difference of two arms on the same items."""
    for (s, c), (base, tuned), n in product(ERRORS, ((0.1, 0.1), (0.1, 0.3), (0.6, 0.2)), (50, 200, 1000)):
        held = 0
        for _ in range(trials):
            here, there = rng.random(n) < tuned, rng.random(n) < base
            reports = [np.where(truth, rng.random(n) < s, rng.random(n) < 1 - c) for truth in (here, there)]
            gaps = reports[0].astype(float) - reports[1]
            plain = mean_of_units(gaps, np.ones(n), floor=-1.0, resamples=RESAMPLES, seed=int(rng.integers(1 << 30)))
            found = corrected_difference(plain, drawn(rng, (s, c), 100), int(rng.integers(1 << 30)))
            held += found.low <= tuned - base <= found.high
        yield f"from {base} to {tuned}, {n:>4} items, errs {s:.2f}/{c:.2f}", held / trials


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("detectors", "coverage"), help="this part alone")
    parser.add_argument("--trials", type=int, default=1000, help="draws in each cell of coverage")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="keep the detectors' counts in measured.json")
    given = parser.parse_args()
    result: dict[str, object] = {}
    if given.part != "coverage":
        for kind, half, counts in detectors():
            print(f"{kind:<13} {half:<8} sensitivity {counts.sensitivity:.2f}  specificity {counts.specificity:.2f}  "
                  f"precision {counts.precision:.2f}  {counts}")
            if half == "measure":
                result[kind] = [round(counts.sensitivity, 3), round(counts.specificity, 3)]
        if given.write:
            (Path(safety.__file__).parent / measured.RECORD).write_text(measured.record())
    if given.part != "detectors":
        rng = np.random.default_rng(given.seed)
        cells = list(coverage(given.trials, rng))
        for name, held, wide in cells:
            print(name, *(f"{key} {share:.3f}" for key, share in held.items()),
                  *(f"width of {key} {width:.3f}" for key, width in wide.items()))
        gaps = list(changes(given.trials, rng))
        for name, share in gaps:
            print(name, f"{share:.3f}")
        for key in ("ours", "plain", "delta", "lang"):
            result[f"{key}_coverage_min"] = min(held[key] for _, held, _ in cells)
            result[f"{key}_cells_below_94"] = sum(held[key] < 0.94 for _, held, _ in cells)
        result["width_against_lang"] = round(float(np.mean([wide["ours"] / wide["lang"] for _, _, wide in cells])), 3)
        result |= {"difference_coverage_min": min(share for _, share in gaps), "cells": len(cells)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
