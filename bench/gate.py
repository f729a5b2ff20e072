"""How often the gate is wrong, by simulation: `python bench/gate.py [--trials 1000]`. The last line is JSON.

Every scenario draws data whose truth is known, asks the gate one rule (or five at once), and counts. A pass where
the truth breaks the rule is a false pass, a fail where it holds is a false fail; both are meant to stay at or below
2.5 %. A truth exactly on the bound is the hardest case for both, so it is counted as both.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from tunewright.gate.claim import Claim, Words, judge, overall
from tunewright.stats.estimate import Estimate, mean

Draw = Callable[[np.random.Generator, int, float], Estimate]
SIZES = (50, 200, 800)
RESAMPLES = 500


@dataclass(frozen=True)
class Scenario:
    """A kind of data, the rule's bound (at least), and the truths to try."""

    name: str
    draw: Draw
    bound: float
    truths: tuple[float, ...]
    rules: int = 1


def level(rng: np.random.Generator, n: int, truth: float) -> Estimate:
    """Right or wrong answers."""
    return _level(int(rng.binomial(n, truth)), n)


@cache
def _level(hits: int, n: int) -> Estimate:
    return mean([1.0] * hits + [0.0] * (n - hits), resamples=RESAMPLES)


def share(rng: np.random.Generator, n: int, truth: float) -> Estimate:
    """Shares as field F1 gives them: a third is 1, the rest spread below."""
    low = (truth - 1 / 3) * 1.5
    rest = rng.beta(6 * low, 6 * (1 - low), n)
    return mean(np.where(rng.random(n) < 1 / 3, 1.0, rest), resamples=RESAMPLES)


def change(rng: np.random.Generator, n: int, truth: float) -> Estimate:
    """Paired right or wrong answers of which one in ten differs."""
    better = (0.1 + truth) / 2
    roll = rng.random(n)
    gaps = np.where(roll < better, 1.0, np.where(roll < 0.1, -1.0, 0.0))
    return mean(gaps, floor=-1.0, resamples=RESAMPLES)


def rare_change(rng: np.random.Generator, n: int, truth: float) -> Estimate:
    """Paired answers that only ever get worse."""
    return mean(-(rng.random(n) < -truth).astype(float), floor=-1.0, resamples=RESAMPLES)


def grouped(rng: np.random.Generator, n: int, truth: float) -> Estimate:
    """Right or wrong answers in groups of five with a chance of their own."""
    chance = np.repeat(rng.beta(4 * truth, 4 * (1 - truth), n // 5), 5)
    groups = [str(at // 5) for at in range(n)]
    return mean((rng.random(n) < chance).astype(float), groups, resamples=RESAMPLES)


SCENARIOS = (
    Scenario("level", level, 0.80, (0.70, 0.75, 0.80, 0.85, 0.90)),
    Scenario("share", share, 0.80, (0.75, 0.80, 0.85)),
    Scenario("change", change, -0.05, (-0.10, -0.05, 0.0, 0.02)),
    Scenario("rare change", rare_change, -0.05, (-0.10, -0.05, -0.02, 0.0)),
    Scenario("grouped", grouped, 0.80, (0.70, 0.80, 0.90)),
    Scenario("five levels", level, 0.80, (0.70, 0.80, 0.90), rules=5),
)


def outcomes(scenario: Scenario, n: int, truth: float, trials: int, rng: np.random.Generator) -> Counter[str]:
    """How often the gate said what."""
    words = Words("", "", "", "")
    found: Counter[str] = Counter()
    for _ in range(trials):
        estimates = [scenario.draw(rng, n, truth) for _ in range(scenario.rules)]
        claims = [Claim("m", "r", words, estimate, scenario.bound, True) for estimate in estimates]
        found[overall(judge(claims))] += 1
    return found


def main() -> None:
    """Print one line a cell and the worst of all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000, help="data sets drawn for each truth and size")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draws")
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    started = time.perf_counter()
    false_pass: list[float] = []
    false_fail: list[float] = []
    on_bound: list[tuple[float, float]] = []
    print(f"{'data':<12} {'items':>5} {'truth':>6} {'bound':>6}   pass   fail  undecided")
    for scenario in SCENARIOS:
        for n in SIZES:
            for truth in scenario.truths:
                found = outcomes(scenario, n, truth, asked.trials, rng)
                rate = {said: found[said] / asked.trials for said in ("pass", "fail", "undecided")}
                print(f"{scenario.name:<12} {n:>5} {truth:>6.2f} {scenario.bound:>6.2f}   "
                      f"{rate['pass']:.3f}  {rate['fail']:.3f}  {rate['undecided']:.3f}")
                false_pass += [rate["pass"]] if truth <= scenario.bound else []
                false_fail += [rate["fail"]] if truth >= scenario.bound else []
                on_bound += [(rate["pass"], rate["fail"])] if truth == scenario.bound else []
    print(json.dumps({"trials": asked.trials, "false_pass_worst": round(max(false_pass), 4),
                      "false_fail_worst": round(max(false_fail), 4), "nominal": 0.025,
                      "false_pass_on_bound": round(float(np.mean([one for one, _ in on_bound])), 4),
                      "false_fail_on_bound": round(float(np.mean([one for _, one in on_bound])), 4),
                      "cells": len(SIZES) * sum(len(scenario.truths) for scenario in SCENARIOS),
                      "seconds": round(time.perf_counter() - started, 1)}))


if __name__ == "__main__":
    main()
