"""Drift among simulated traffic: how often traffic that never changes raises an alarm, and how soon a shift does.

A life is a reference and `--windows` windows of 500 sampled answers. Questions are of twenty intents, with words of
their own and words of all by Zipf's law; an encoder puts each intent in a place of its own. Half of the answers are one
of twelve labels, half are text on their question's intent. Feedback is on three of ten, a judge's word on one of five.
A shift begins after the fourth window. `windows` is the median one in which it was found, of twelve; `without` says how
often it was found by anything but embeddings, intents, topics and the words of answers.
Last line: JSON.

    python bench/drift.py [--lives 100] [--windows 52]
"""

import argparse
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from tunewright.monitor.drift import Drift
from tunewright.monitor.encoder import project
from tunewright.monitor.outcome import Outcome
from tunewright.serve.figures import sketch

WINDOW, BEFORE, AFTER = 500, 4, 12
TOLD = {"embedding", "intents", "answer words", "topics"}
SHARES = [1 / (4 + intent) for intent in range(20)]
PLACES = np.random.default_rng(0).normal(size=(len(SHARES) + 1, 64))
OTHER = len(SHARES)  # an intent that nobody had before
SHIFTS: dict[str, dict[str, Any]] = {
    "language, one in ten": {"foreign": 0.12}, "length, a fifth more": {"length": 1.2},
    "one label thrice as often": {"favoured": 3.0}, "words, a third new": {"new": 0.33},
    "a new intent, 15 in 100": {"intent": 0.15}, "a new intent, 5 in 100": {"intent": 0.05},
    "a new intent, 15 in 100, no encoder": {"intent": 0.15, "encoder": False},
    "the commonest intent twice as often": {"common": 2.0},
    "answers on another topic, 30 in 100": {"topic": 0.3}, "answers on another topic, 15 in 100": {"topic": 0.15},
    "the same words for something else, 15 in 100": {"meant": 0.15},
    "feedback, 5 points": {"drop": 0.05}, "feedback, 15 points": {"drop": 0.15},
    "judge, 5 points": {"worse": 0.05}, "judge, 10 points": {"worse": 0.1}}
Came = dict[str, Any] | Outcome | list[int]


def text(dice: random.Random, intent: int, size: int, new: float = 0.0) -> str:
    """So many words, every third of the intent's own."""
    return " ".join(f"i{intent}w{dice.randrange(30)}" if dice.random() < 1 / 3
                    else f"{'new' if dice.random() < new else 'w'}{min(400, int(dice.paretovariate(0.9)))}x"
                    for _ in range(size))


def traffic(dice: random.Random, count: int, *, foreign: float = 0.02, length: float = 1.0, favoured: float = 1.0,
            new: float = 0.0, intent: float = 0.0, common: float = 1.0, topic: float = 0.0, meant: float = 0.0,
            drop: float = 0.0, worse: float = 0.0, encoder: bool = True) -> Iterator[Came]:
    """So many sampled answers, where an encoder puts their questions, feedback, and what a judge says of them."""
    noise = np.random.default_rng(dice.getrandbits(32))
    shares = [common * SHARES[0], *SHARES[1:]]
    for _ in range(count):
        asked = OTHER if dice.random() < intent else dice.choices(range(OTHER), shares)[0]
        size = max(3, round(dice.gauss(20, 6) * length))
        label, free = dice.choices(range(12), [favoured, *[1.0] * 11])[0], dice.random() < 0.5
        written = max(20, round(dice.gauss(40, 8))) if free else 3
        answer = text(dice, OTHER if dice.random() < topic else asked, written) if free else f"label {label}"
        if encoder:
            yield project(PLACES[OTHER if dice.random() < meant else asked] + noise.normal(size=PLACES.shape[1]))
        yield {"release": "desk@1", "tokens_in": size, "tokens_out": written, "answer_digest": answer, "figures": {
            "language": "de" if dice.random() < foreign else "en", "answer_sketch": sketch(answer),
            "sketch": sketch(text(dice, asked, size, new))}}
        if dice.random() < 0.3:
            yield {"release": "desk@1", "user": None, "feedback": {"score": float(dice.random() < 0.8 - drop)}}
        if dice.random() < 0.2:
            rated = round(4 * dice.gauss(0.75 - worse, 0.25)) / 4
            yield Outcome("desk@1", "judged", "", min(1.0, max(0.0, rated)))


def taken(drift: Drift, came: Iterator[Came]) -> set[str]:
    """Of what kinds what comes raises alarms."""
    kinds: set[str] = set()
    for one in came:
        if isinstance(one, Outcome):
            drift.judged([one])
        elif isinstance(one, list):
            drift.embedded([(one, drift.early)])
        else:
            kinds |= {alarm.kind for alarm in drift.take([one])}
    return kinds


def life(seed: int, windows: int, shift: dict[str, Any]) -> Iterator[set[str]]:
    """The kinds of each window's alarms."""
    dice, drift = random.Random(seed), Drift(WINDOW)
    taken(drift, traffic(dice, WINDOW))
    for window in range(1, windows + 1):
        yield taken(drift, traffic(dice, WINDOW, **(shift if window > BEFORE else {})))


def found(shift: dict[str, Any], lives: int) -> dict[str, Any]:
    """In what share of the lives a shift is found within twelve windows, in which, and by what."""
    ends, kinds, without = [], Counter[str](), 0
    for seed in range(lives):
        after = [alarms for window, alarms in enumerate(life(seed, BEFORE + AFTER, shift), 1) if window > BEFORE]
        ends += [next((window for window, alarms in enumerate(after, 1) if alarms), None)]
        moved = set().union(*after)
        kinds.update(moved)
        without += bool(moved - TOLD)
    seen = [end for end in ends if end]
    return {"found": round(len(seen) / lives, 3), "windows": statistics.median(seen) if seen else None,
            "without": round(without / lives, 3), "kinds": dict(kinds.most_common())}


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lives", type=int, default=100)
    parser.add_argument("--windows", type=int, default=52)
    asked = parser.parse_args()
    began = time.perf_counter()
    quiet = [next(filter(None, life(seed, asked.windows, {})), None) for seed in range(asked.lives)]
    alarms = sum(one is not None for one in quiet) / asked.lives
    print(f"no shift: an alarm in {alarms:.0%} of {asked.lives} lives of {asked.windows} windows "
          f"{[sorted(one) for one in quiet if one]}, {time.perf_counter() - began:.0f} s", flush=True)
    told = {}
    for name, shift in SHIFTS.items():
        told[name] = found(shift, max(1, asked.lives // 5))
        print(f"{name}: {told[name]}", flush=True)
    print(json.dumps({"false_alarms": alarms, "lives": asked.lives, "windows": asked.windows, "shifts": told}))


if __name__ == "__main__":
    main()
