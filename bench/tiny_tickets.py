"""Fault reports with their JSON, for `bench/tiny.py`: sentences, keys and values that no pre-training text has."""

from __future__ import annotations

import json
import random

Row = tuple[str, str, str]  # system, user, answer


def _bars(text: str) -> list[str]:
    """Phrases between bars."""
    return text.strip().replace("|\n", "|").split("|")


def _lines(text: str) -> list[str]:
    """One phrase a line."""
    return text.strip().splitlines()


TRAIN_FORMS = _lines(
    """
{w} reporting: {d} in {p} has {f}. Asset {a}, down for {m} minutes.
Asset {a} ({d}) shows {f}; {w} noticed it in {p}.
Hello, {w} from the {p} here. The {d} has {f} again, tag {a}.
{f} on the {d}, {p}. Lost {m} minutes so far. {w}
Please look at {a}. It is the {d} next to {p} and it has {f}. Regards {w}
We stopped the {d} after {m} minutes because of {f} - {w}, {p}
the {d} {a} makes trouble: {f}. ask {w}
{w}: {p}, {d}, {f}
Since this morning the {d} with tag {a} suffers from {f}. I waited {m} minutes. {w}, {p}
Fault in {p}. Machine: {d}. What: {f}. Seen by {w}.
Could someone check {f} on {a}? Thank you, {w} ({p})
{m} minutes of downtime, {d}, caused by {f}. Logged by {w}
"""
)
TEST_FORMS = [
    "In {p} our {d} (sticker {a}) developed {f}. {w} had to wait {m} minutes.",
    "{w} says the {d} has {f}.",
    "Urgent from {p}: {f}, machine {a}, idle {m} minutes, call {w}",
    "Shift note by {w}. {d}: {f}. Room: {p}. Sticker {a}.",
    "My colleague {w} found {f} on {a}.",
    "After {m} minutes the {d} in {p} gave up with {f}; {w} is informed.",
]
DEVICES = _bars(
    """
lathe|conveyor|laser cutter|kiln|bottling line|forklift|crane|mixer|palletiser|band saw|press brake|
CNC mill|dryer|labeller|pump|compressor
"""
)
FAULTS = _bars(
    """
a leak|smoke|a torn belt|strange noise|a blown fuse|error 41|overheating|a stuck valve|no pressure|
a cracked guard|vibration|a loose cable|error 7|oil loss
"""
)
PLACES = _bars(
    """
hall B|bay 4|the annex|pit 2|yard 9|workshop C|line 3|the cellar|dock 12|gate 5|tower A|shed 8
"""
)
FIXED = (
    "Log the fault as JSON with the keys operator, machine, symptom, location, asset_tag, downtime_min. "
    "Use null where nothing is said."
)


def ticket(rng: random.Random, forms: list[str]) -> Row:
    """One fault report and its JSON. Operators and tags are random strings."""

    def word(low: int, high: int) -> str:
        return "".join(
            rng.choice("bcdfghklmnprstvwz") + rng.choice("aeiouyäéø") for _ in range(rng.randint(low, high))
        ).capitalize()

    form = rng.choice(forms)
    got = {
        "w": f"{word(1, 3)} {word(2, 3)}",
        "d": rng.choice(DEVICES),
        "f": rng.choice(FAULTS),
        "p": rng.choice(PLACES),
        "a": f"{rng.choice('KQXZJ')}{rng.choice('KQXZJ')}{rng.randint(10, 9999)}",
        "m": str(rng.randint(3, 480)),
    }
    keys = {"operator": "w", "machine": "d", "symptom": "f", "location": "p", "asset_tag": "a", "downtime_min": "m"}
    answer = {k: (int(got[s]) if s == "m" else got[s]) if "{" + s + "}" in form else None for k, s in keys.items()}
    return FIXED, form.format(**got), json.dumps(answer, ensure_ascii=False)
