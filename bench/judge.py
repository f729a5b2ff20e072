"""What judging in both orders is worth, by simulation: is the interval honest, and is a liking for a place found?

    python bench/judge.py [--trials 400] [--trust 100] [--resamples 1000] [--seed 0]

A simulated judge reads pairs of which one answer is truly better. In a share of its judgements (`place`) it takes the
answer shown first (a negative share: second) whatever it says; otherwise it sees which is better, and is right with
`accuracy`. Each trial asks it once in one order, the tuned answer first as a careless script would, and once in both
orders by `tunewright.judge.pairwise`. Both sides see the same pairs and the same judge.

- `order`: how often the 95 % interval holds what the judge says on average over both orders: what `win` promises;
- `even`: the same where neither arm is better, when that is 1/2: an interval that misses it claims a win or a loss;
- `mind`: how often `steady` holds the win rate that the judge would find with its liking for a place taken out;
- `found`: how often `first` excludes 1/2 where there is such a liking, and how seldom where there is none.

Last line JSON: {"ours": least coverage of `win`, "single": of one order, "even_ours": …, "even_single": …,
"steady": least coverage of `steady`, "found": …, "false_alarms": …}, each the worst of all cells. By luck alone
the least of 72 cells that hold the truth in 95 % of cases is about 0.925 with 400 trials, and 0.90 with 100.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from tunewright.core.judged import Told
from tunewright.judge.material import Pair
from tunewright.judge.pairwise import Ruling, trust
from tunewright.stats.estimate import Estimate, mean

SIZES = (50, 200, 1000)
PLACES = (-0.3, 0.0, 0.15, 0.4)
ACCURACIES = (0.7, 1.0)
WINS = (0.3, 0.5, 0.7)


@dataclass
class Cell:
    """One kind of judge and pairs, and how often each interval held what it should."""

    n: int
    place: float
    accuracy: float
    win: float
    trials: int = 0
    looked: int = 0
    ours: int = 0
    single: int = 0
    steady: int = 0
    found: int = 0

    @property
    def mind(self) -> float:
        """The win rate that the judge would find without a liking for a place."""
        return self.win * self.accuracy + (1 - self.win) * (1 - self.accuracy)

    @property
    def order(self) -> float:
        """What it says on average over both orders."""
        return 0.5 + (self.mind - 0.5) * (1 - abs(self.place))


def judgements(rng: np.random.Generator, cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """The tuned arm's share of each win, with its answer shown first and second."""
    better = rng.random(cell.n) < cell.win

    def call(tuned_first: bool) -> np.ndarray:
        seen = np.where(rng.random(cell.n) < cell.accuracy, better, ~better)
        by_place = rng.random(cell.n) < abs(cell.place)
        return np.where(by_place, tuned_first == (cell.place > 0), seen).astype(float)

    return call(True), call(False)


def trial(rng: np.random.Generator, cell: Cell, resamples: int, look: bool) -> None:
    """Judge one set of pairs in one order and in both; `look` also at how far the judge can be trusted."""
    first, second = judgements(rng, cell)
    rulings = [Ruling(PAIRS[at], one, other) for at, (one, other) in
               enumerate(zip(first.tolist(), second.tolist(), strict=True))]
    wins = [ruling.win for ruling in rulings]
    seed = int(rng.integers(1 << 30))
    cell.trials += 1
    cell.ours += holds(mean([win or 0.0 for win in wins], resamples=resamples, seed=seed), cell.order)
    cell.single += holds(mean(first, resamples=resamples, seed=seed), cell.order)
    if not look:
        return
    cell.looked += 1
    told = {one.of: one for one in trust(rulings, resamples=resamples, seed=seed)}
    cell.steady += holds(told["steady"], cell.mind)
    cell.found += not holds(told["first"], 0.5)


def holds(figure: Estimate | Told, truth: float) -> bool:
    """Whether the interval holds the truth."""
    return figure.low <= truth <= figure.high


def cells() -> Iterator[Cell]:
    """Every kind of judge and pairs."""
    yield from (Cell(*values) for values in product(SIZES, PLACES, ACCURACIES, WINS))


PAIRS = [Pair(f"item {at}", None, (), None, "one", "two") for at in range(max(SIZES))]  # of equal length


def main() -> None:
    """Run every cell and print a line for each size and liking, then the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=400, help="simulated reports a cell")
    parser.add_argument("--trust", type=int, default=100, help="reports of these whose trust is looked at")
    parser.add_argument("--resamples", type=int, default=1000, help="draws behind an interval, at least")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rng, done, began = np.random.default_rng(asked.seed), [], time.perf_counter()
    print(f"{'pairs':>6} {'place':>6}   held by win   by one order   by steady   place found")
    for n, place in product(SIZES, PLACES):
        row = [cell for cell in cells() if (cell.n, cell.place) == (n, place)]
        for cell in row:
            for number in range(asked.trials):
                trial(rng, cell, asked.resamples, number < asked.trust)
        done += row
        ours, single = (min(getattr(cell, name) / cell.trials for cell in row) for name in ("ours", "single"))
        steady, found = min(cell.steady for cell in row) / row[0].looked, sum(cell.found for cell in row)
        print(f"{n:>6} {place:>6.2f}   {ours:>11.3f}   {single:>12.3f}   {steady:>9.3f}   "
              f"{found / sum(cell.looked for cell in row):>11.3f}", flush=True)
    print(f"{sum(cell.trials for cell in done):,} reports in {time.perf_counter() - began:.0f} s")
    print(json.dumps(summary(done)))


def summary(done: list[Cell]) -> dict[str, float]:
    """The worst of all cells."""
    even = [cell for cell in done if cell.win == 0.5]
    swayed = [cell for cell in done if cell.place and cell.n >= 200]
    fair = [cell for cell in done if not cell.place]
    return {key: round(value, 4) for key, value in {
        "ours": min(cell.ours / cell.trials for cell in done),
        "single": min(cell.single / cell.trials for cell in done),
        "even_ours": min(cell.ours / cell.trials for cell in even),
        "even_single": min(cell.single / cell.trials for cell in even),
        "steady": min(cell.steady / cell.looked for cell in done),
        "found": min(cell.found / cell.looked for cell in swayed),
        "false_alarms": max(cell.found / cell.looked for cell in fair),
    }.items()}


if __name__ == "__main__":
    main()
