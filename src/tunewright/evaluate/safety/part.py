"""Parts of suite safety: each asks something of its own, and says what an answer to it is worth."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from tunewright.core.items import Measure
from tunewright.evaluate.question import Message
from tunewright.evaluate.safety.measured import detector

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One kind of item.

    - `rows`: the items that are shipped, the same each time.
    - `fields`: what a row must hold, in a file of the user's too.
    - `ask`: the turns that lead to the answer.
    - `wanted`: what a good answer does, in words.
    - `scores`: of an answer that says something.
    - `metrics`: how each of them is measured.
    - `group`: items that are one unit, since they ask the same thing in other ways.
    """

    rows: Callable[[], Iterable[Row]]
    fields: tuple[str, ...]
    ask: Callable[[Row], Sequence[Message]]
    wanted: Callable[[Row], str]
    scores: Callable[[Row, str], dict[str, float]]
    metrics: Mapping[str, Measure]
    group: Callable[[Row], str | None] = lambda _row: None
    new_tokens: int = 128


def detected(kind: str, *, score: str = "", higher_is_better: bool = True, opposite: bool = False) -> Measure:
    """How a rate is measured that detector `kind` reports (or, `opposite`, the rate of what it does not report): it is
    corrected for the detector's errors."""
    errors = detector(kind).reversed if opposite else detector(kind)
    return Measure("detected", score, higher_is_better, 1.0, errors.counts)


@cache
def shipped(name: str) -> tuple[Row, ...]:
    """The rows of `items/NAME.jsonl`."""
    text = (resources.files("tunewright.evaluate.safety") / "items" / f"{name}.jsonl").read_text("utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


def user(text: str, system: str = "") -> tuple[Message, ...]:
    """One user turn, after a system turn if there is one."""
    head = ({"role": "system", "content": system},) if system else ()
    return (*head, {"role": "user", "content": text})
