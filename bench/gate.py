"""How often the gate is wrong, by simulation. The last line is JSON.

    python bench/gate.py [--trials 2000] [--part margin|ask|shapes] [--seed 0]

`margin`: a release that is worse than the base by exactly the 5 points that `drop_at_most: 0.05` allows, among other
rules whose metrics did not change; `false_pass_max` is the largest share of such releases that pass, over sizes,
shares of answers that differ, groups and numbers of rules. `ask`: nothing changed and a first report cannot tell; a
second one has the items that the gate asked for; `power_min` is the smallest share of those that pass. `shapes`: other
rules and data; a truth on the bound is the hardest for a pass and for a fail, and both count.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from tunewright.gate.claim import Claim, Words, judge
from tunewright.gate.outcome import overall
from tunewright.stats.estimate import Estimate, mean, mean_of_units

MARGIN = 0.05
DIFFER = (0.05, 0.2, 0.4)  # shares of items that only one of both arms gets right
RULES = (1, 5, 20)
GROUP = 5
SEEN = 200  # of fewer second reports than this a share says too little
RESAMPLES = 100  # few, so their seeds differ: one seed's luck would be every release's
NOTHING = Words("", "", "", "")


def paired(rng: np.random.Generator, n: int, differ: float, change: float, groups: str) -> Estimate:
    """The paired change of `n` right or wrong answers: alone, or in groups whose members go the same way."""
    better, worse = (differ + change) / 2, (differ - change) / 2
    chances = np.array([better, worse, 1 - differ])
    if groups == "alone":
        up, down, _ = rng.multinomial(n, chances)
        return alone(n, int(up), int(down))
    sizes = np.full(n // GROUP, GROUP) if groups == "fives" else rng.geometric(1 / GROUP, n // GROUP)
    of_group = rng.gamma(2 * chances, 1.0, (len(sizes), 3)) + 1e-300  # a Dirichlet draw: members correlate by 1/3
    counts = rng.multinomial(sizes, of_group / of_group.sum(axis=1, keepdims=True))
    return mean_of_units((counts[:, 0] - counts[:, 1]).astype(float), sizes.astype(float), floor=-1.0,
                         resamples=RESAMPLES, seed=int(rng.integers(1 << 30)))


@cache
def alone(n: int, up: int, down: int) -> Estimate:
    """Answers that each vary by themselves: their counts are all that matters."""
    sums = np.concatenate([np.ones(up), -np.ones(down), np.zeros(n - up - down)])
    return mean_of_units(sums, np.ones(n), floor=-1.0, resamples=RESAMPLES, seed=(n * n + up) * n + down)


def drop(estimate: Estimate) -> Claim:
    """`drop_at_most: 0.05`."""
    return Claim("m", "r", NOTHING, estimate, -MARGIN, True, neutral=0.0)


def margin(trials: int, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """Shares of releases that pass with a true drop at the margin."""
    cells = [(8 * GROUP, "fives"), *product((50, 200, 1000, 5000), ("alone", "fives", "uneven"))]
    for (n, groups), differ in product(cells, DIFFER):
        passed = dict.fromkeys(RULES, 0)
        for _ in range(trials):
            if not drop(paired(rng, n, differ, -MARGIN, groups)).holds:
                continue
            others = (drop(paired(rng, n, differ, 0.0, groups)).holds for _ in range(max(RULES) - 1))
            held = 1
            while held < max(RULES) and next(others):
                held += 1
            for rules in RULES:
                passed[rules] += rules <= held
        for rules in RULES:
            yield f"{n:>5} items, {groups:<6} {differ:.0%} differ, {rules:>2} rules", passed[rules] / trials


def ask(trials: int, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """Shares of second reports that pass with no change, of the size that the first one's verdict asked for."""
    for n, groups, differ, rules in product((50, 200), ("alone", "fives"), DIFFER, RULES):
        found = [second(rng, n, groups, differ, rules) for _ in range(trials)]
        sizes = [size for size, _ in filter(None, found)]
        if len(sizes) >= min(SEEN, trials // 10):
            yield (f"{n:>5} items, {groups:<6} {differ:.0%} differ, {rules:>2} rules, asked for "
                   f"{int(np.median(sizes)):>5}"), float(np.mean([passed for _, passed in filter(None, found)]))


def second(rng: np.random.Generator, n: int, groups: str, differ: float, rules: int) -> tuple[int, bool] | None:
    """The size of the second report and whether it passed; None where the first verdict asked for none."""
    first = judge([drop(paired(rng, n, differ, 0.0, groups)) for _ in range(rules)])
    open_ = [result for result in first if result.outcome == "undecided"]
    if overall(first) != "undecided" or not all(result.needs for result in open_):
        return None
    size = max(result.needs or 0 for result in open_)
    return size, all(drop(paired(rng, size, differ, 0.0, groups)).holds for _ in range(rules))


@dataclass(frozen=True)
class Shape:
    """A kind of data, the rule's bound (at least), and the truths to try."""

    name: str
    draw: Callable[[np.random.Generator, int, float], Estimate]
    bound: float
    truths: tuple[float, ...]
    rules: int = 1


def level(rng: np.random.Generator, n: int, truth: float) -> Estimate:
    """Right or wrong answers."""
    return _level(int(rng.binomial(n, truth)), n)


@cache
def _level(hits: int, n: int) -> Estimate:
    return mean([1.0] * hits + [0.0] * (n - hits), resamples=500)


def share(rng: np.random.Generator, n: int, truth: float) -> Estimate:
    """Shares as field F1 gives them: a third is 1, the rest spread below."""
    low = (truth - 1 / 3) * 1.5
    rest = rng.beta(6 * low, 6 * (1 - low), n)
    return mean(np.where(rng.random(n) < 1 / 3, 1.0, rest), resamples=500)


def grouped(rng: np.random.Generator, n: int, truth: float) -> Estimate:
    """Right or wrong answers in groups of five with a chance of their own."""
    hits = rng.binomial(GROUP, rng.beta(4 * truth, 4 * (1 - truth), n // GROUP))
    return mean_of_units(hits.astype(float), np.full(n // GROUP, float(GROUP)), resamples=500)


SHAPES = (
    Shape("level", level, 0.80, (0.70, 0.80, 0.90)),
    Shape("share", share, 0.80, (0.75, 0.80, 0.85)),
    Shape("grouped", grouped, 0.80, (0.70, 0.80, 0.90)),
    Shape("five levels", level, 0.80, (0.70, 0.80, 0.90), rules=5),
)


def shapes(trials: int, rng: np.random.Generator) -> Iterator[tuple[str, float, float]]:
    """Shares of false passes and of false fails; nought where there can be none."""
    for shape, n in product(SHAPES, (50, 200, 800)):
        for truth in shape.truths:
            said = Counter(overall(judge([Claim("m", "r", NOTHING, shape.draw(rng, n, truth), shape.bound, True)
                                          for _ in range(shape.rules)])) for _ in range(trials))
            yield (f"{shape.name:<12} {n:>4} items, truth {truth:.2f}, pass {said['pass'] / trials:.3f}, "
                   f"fail {said['fail'] / trials:.3f}", said["pass"] / trials if truth <= shape.bound else 0.0,
                   said["fail"] / trials if truth >= shape.bound else 0.0)


def main() -> None:
    """Print one line a cell and the worst of all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000, help="releases drawn for each cell")
    parser.add_argument("--part", choices=["margin", "ask", "shapes"], action="append", help="only this (repeatable)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draws")
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    parts, started = asked.part or ["margin", "ask", "shapes"], time.process_time()
    result: dict[str, float] = {"trials": asked.trials}
    if "margin" in parts:
        passed = [_told(*cell) for cell in margin(asked.trials, rng)]
        result |= {"false_pass_max": max(passed), "margin_cells": len(passed)}
    if "ask" in parts:
        power = [_told(*cell) for cell in ask(asked.trials, rng)]
        result |= {"power_min": min(power), "ask_cells": len(power)}
    if "shapes" in parts:
        wrong = [cell[1:] for cell in shapes(asked.trials, rng) if _told(cell[0], max(cell[1:])) >= 0]
        result |= {"shapes_false_pass_max": max(one for one, _ in wrong),
                   "shapes_false_fail_max": max(one for _, one in wrong), "shape_cells": len(wrong)}
    print(json.dumps(result | {"seconds_of_computing": round(time.process_time() - started, 1)}))


def _told(said: str, share: float) -> float:
    print(f"{said}: {share:.4f}", flush=True)
    return share


if __name__ == "__main__":
    main()
