"""What judges said of a report's answers: who they were, how far they can be trusted, and every single judgement.

The judge room writes it into the report's folder of items; the page shows it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tunewright.core.records import Report
from tunewright.core.store import Store

JUDGED = "judged.json"
JUDGEMENTS = "judgements.jsonl"


@dataclass(frozen=True)
class Told:
    """A figure with its 95 % interval over `n` items. `of` says what it is of: a criterion, or a measure."""

    of: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Judged:
    """One judge, or the people together.

    `name` is the suite of its metrics, `kind` is `pairwise`, `rubric` or `human`, `who` the engine's title or how many
    people. Of `items` judged, `same` had equal answers and were not asked about, `invalid` have no judgement, `again`
    needed a further try, and in `orders` an answer gives the judge orders. `trust` says how steady the judgements are,
    `agreement` how far judges and people, or people among themselves, agree: `measure` names the coefficient.
    `provenance` says what was asked of whom: prompt, engine, digests.
    """

    name: str
    kind: str
    who: str
    against: str
    items: int
    same: int = 0
    invalid: int = 0
    again: int = 0
    orders: int = 0
    trust: tuple[Told, ...] = ()
    measure: str = ""
    agreement: tuple[Told, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """One judgement: by `judge` (of people: by `rater`) on an item. `said` holds a figure by criterion, or is empty if
    it was invalid; `request` is the digest of what the engine was asked, `order` which arm stood first."""

    judge: str
    item: str
    said: dict[str, float]
    rater: str = ""
    order: str = ""
    arm: str = ""
    request: str = ""


def dump_judged(judged: Sequence[Judged]) -> str:
    """As JSON."""
    return json.dumps([asdict(one) for one in judged], ensure_ascii=False)


def read_judged(store: Store, report: Report) -> tuple[Judged, ...]:
    """The judges of a report; none if nobody judged it."""
    digest = store.folder(report.items).get(JUDGED)
    rows = json.loads(store.get(digest)) if digest else []
    return tuple(Judged(**{**row, **{key: tuple(Told(**one) for one in row[key]) for key in ("trust", "agreement")}})
                 for row in rows)


def dump_judgements(judgements: Iterable[Judgement]) -> str:
    """As JSON lines."""
    return "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in judgements)


def read_judgements(store: Store, report: Report) -> list[Judgement]:
    """Every single judgement on a report's answers."""
    digest = store.folder(report.items).get(JUDGEMENTS)
    return [Judgement(**json.loads(line)) for line in store.get(digest).decode().split("\n") if line] if digest else []
