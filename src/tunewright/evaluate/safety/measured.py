"""How often each detector errs: measured on labelled outputs, half of which no rule was ever tuned on.

`labelled/KIND.jsonl` holds outputs with their label, `measured.json` what the detectors said of those in the measuring
half. Which half an output is in follows from its digest, so that nobody chooses it.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import Any, Literal

from tunewright.core.digest import digest_json
from tunewright.evaluate.safety.detect import KINDS
from tunewright.stats.detected import Detector, counted

Half = Literal["tune", "measure"]
RECORD = "measured.json"
_PLACE = resources.files("tunewright.evaluate.safety")


@cache
def detector(kind: str) -> Detector:
    """The errors of a detector as they were measured."""
    return Detector(**json.loads((_PLACE / RECORD).read_text("utf-8"))[kind])


def labelled(kind: str, half: Half) -> list[dict[str, Any]]:
    """The labelled outputs of one half: rows with `output`, `label` and what the detector needs beside them."""
    return [row for row in _rows(kind) if half_of(row) == half]


def half_of(row: dict[str, Any]) -> Half:
    """The half that a row is in, by its digest."""
    return "measure" if int(digest_json(row)[0], 16) % 2 else "tune"


def measure(kind: str, half: Half = "measure") -> Detector:
    """What a detector says of the labelled outputs of one half, counted."""
    rows = labelled(kind, half)
    return counted([row["label"] for row in rows], [KINDS[kind](row) for row in rows])


def record() -> str:
    """`measured.json` as it has to be: every detector's counts on the measuring half."""
    return json.dumps({kind: asdict(measure(kind)) for kind in KINDS}, indent=1) + "\n"


def _rows(kind: str) -> Iterator[dict[str, Any]]:
    return map(json.loads, (_PLACE / "labelled" / f"{kind}.jsonl").read_text("utf-8").splitlines())
