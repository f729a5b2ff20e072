"""Items: every answer that a report rests on, one JSON line each, so that any figure can be taken apart.

The evaluation writes them; the gate pairs them; the page shows them.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from tunewright.core.records import Report
from tunewright.core.store import Store
from tunewright.core.visible import whole

ITEMS = "items.jsonl"
ABOUT = "about.json"


@dataclass(frozen=True)
class Item:
    """One answer of one arm to one question, with its scores (0 to 1, or nats a token for `loss`).

    `item` is the digest of what was asked, so items of two reports with the same name are the same question.
    `expected` and `answer` are None for text that is only scored by its loss. `slices` are the kinds of item that it
    is one of, by field: `{"label": "refund", "length": "short"}`. `sources` are the passages that the arm was shown,
    or the tools that it called with what they gave. Several answers of one arm to one question are
    several items of the same name.
    """

    suite: str
    item: str
    arm: str
    prompt: tuple[dict[str, Any], ...] = ()
    expected: str | None = None
    answer: str | None = None
    group: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    slices: dict[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """How a metric's figure comes from its items.

    `kind` is one of `stats.kinds.KINDS`; `score` the score of each item that it is made of (unless given, the one of
    the metric's own name); `ceiling` the greatest that score can be, None if nothing bounds it; `settings` what the
    kind needs to know besides.
    """

    kind: str = "mean"
    score: str = ""
    higher_is_better: bool = True
    ceiling: float | None = 1.0
    settings: dict[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class About:
    """How a report's intervals were made, and every metric it knows (also those with no items).

    `measures` tells, by metric, those that are measured in a way that their name does not say by itself; `earlier` the
    run in which an arm was asked, if that was an earlier one: what its answers took is what they took then.
    """

    names: tuple[str, ...]
    resamples: int
    seed: int
    measures: dict[str, Measure] = field(default_factory=dict)
    earlier: dict[str, str] = field(default_factory=dict)


def dump_items(items: Iterable[Item]) -> bytes:
    """Items as JSON lines. Half characters, which an answer may hold, become U+FFFD."""
    return whole("".join(json.dumps(asdict(item), ensure_ascii=False) + "\n" for item in items)).encode()


def load_items(content: bytes) -> list[Item]:
    """The items of JSON lines that `dump_items` wrote."""
    rows = (json.loads(line) for line in content.decode().split("\n") if line)
    return [Item(**{**row, "prompt": tuple(row["prompt"]), "sources": tuple(row["sources"])}) for row in rows]


def read_items(store: Store, report: Report) -> list[Item]:
    """Every item of a report, in the order of its file."""
    return load_items(store.get(store.folder(report.items)[ITEMS]))


def read_about(store: Store, report: Report) -> About:
    """How a report's intervals were made."""
    row = store.get_json(store.folder(report.items)[ABOUT])
    measures = {name: Measure(**how) for name, how in row["measures"].items()}  # type: ignore[attr-defined]
    return About(**{**row, "names": tuple(row["names"]), "measures": measures})  # type: ignore[arg-type]
