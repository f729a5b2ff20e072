"""Drift among simulated traffic: how often traffic that never changes raises an alarm, and how soon a shift does.

A life is a reference and `--windows` windows of 500 sampled answers: questions of words drawn by Zipf's law, with
lengths, languages, a mix of twelve short answers, feedback on three of ten, and a judge's word on one of five. A shift
begins after the fourth window.
Last line: JSON.

    python bench/drift.py [--lives 100] [--windows 52]
"""

import argparse
import json
import random
import statistics
from collections.abc import Iterator
from typing import Any

from tunewright.monitor.drift import Alarm, Drift
from tunewright.monitor.outcome import Outcome
from tunewright.serve.figures import sketch

WINDOW, BEFORE = 500, 4
SHIFTS: dict[str, dict[str, Any]] = {
    "language, one in ten": {"foreign": 0.12}, "length, a fifth more": {"length": 1.2},
    "one label thrice as often": {"favoured": 3.0}, "words, a third new": {"new": 0.33},
    "feedback, 5 points": {"drop": 0.05}, "feedback, 15 points": {"drop": 0.15},
    "judge, 5 points": {"worse": 0.05}, "judge, 10 points": {"worse": 0.1}}


def traffic(dice: random.Random, count: int, *, foreign: float = 0.02, length: float = 1.0, favoured: float = 1.0,
            new: float = 0.0, drop: float = 0.0, worse: float = 0.0) -> Iterator[dict[str, Any] | Outcome]:
    """So many sampled answers, feedback, and what a judge says of them."""
    for _ in range(count):
        size = max(3, round(dice.gauss(20, 6) * length))
        words = [f"{'new' if dice.random() < new else 'w'}{min(400, int(dice.paretovariate(0.9)))}x"
                 for _ in range(size)]
        answer = dice.choices(range(12), [favoured, *[1.0] * 11])[0]
        yield {"release": "desk@1", "tokens_in": size, "tokens_out": 3, "answer_digest": str(answer), "figures": {
            "language": "de" if dice.random() < foreign else "en", "sketch": sketch(" ".join(words))}}
        if dice.random() < 0.3:
            yield {"release": "desk@1", "user": None, "feedback": {"score": float(dice.random() < 0.8 - drop)}}
        if dice.random() < 0.2:
            rated = round(4 * dice.gauss(0.75 - worse, 0.25)) / 4
            yield Outcome("desk@1", "judged", "", min(1.0, max(0.0, rated)))


def taken(drift: Drift, came: Iterator[dict[str, Any] | Outcome]) -> bool:
    """Whether what came raises an alarm."""
    alarms: list[Alarm] = []
    for one in came:
        if isinstance(one, Outcome):
            drift.judged([one])
        else:
            alarms += drift.take([one])
    return bool(alarms)


def life(seed: int, windows: int, shift: dict[str, Any]) -> int | None:
    """In which window after the shift (from 1) the first alarm came; 0 if before it, None if never."""
    dice, drift = random.Random(seed), Drift(WINDOW)
    taken(drift, traffic(dice, WINDOW))
    for window in range(1, windows + 1):
        if taken(drift, traffic(dice, WINDOW, **(shift if window > BEFORE else {}))):
            return max(0, window - BEFORE)
    return None


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lives", type=int, default=100)
    parser.add_argument("--windows", type=int, default=52)
    asked = parser.parse_args()
    quiet = [life(seed, asked.windows, {}) for seed in range(asked.lives)]
    alarms = sum(one is not None for one in quiet) / asked.lives
    print(f"no shift: an alarm in {alarms:.0%} of {asked.lives} lives of {asked.windows} windows", flush=True)
    found = {}
    for name, shift in SHIFTS.items():
        ends = [life(seed, BEFORE + 12, shift) for seed in range(max(1, asked.lives // 5))]
        seen = [end for end in ends if end]
        found[name] = {"found": round(len(seen) / len(ends), 3), "windows": statistics.median(seen) if seen else None}
        print(f"{name}: {found[name]}", flush=True)
    print(json.dumps({"false_alarms": alarms, "lives": asked.lives, "windows": asked.windows, "shifts": found}))


if __name__ == "__main__":
    main()
