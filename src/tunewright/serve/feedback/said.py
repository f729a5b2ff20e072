"""What was said of a name's answers, read from the audit trail: for each answer the last word."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunewright.core.home import Home
from tunewright.serve.audit import records


@dataclass(frozen=True)
class Said:
    """One answer (its audit record) and what was said of it; of a thing said twice, the later."""

    answer: Mapping[str, Any]
    feedback: Mapping[str, Any]
    at: str


@dataclass(frozen=True)
class Summary:
    """What was said of one release. `score` is the mean of `scored` answers, None if there is none."""

    release: str
    answers: int
    scored: int
    score: float | None
    corrections: int
    comments: int


def said(home: Home, name: str) -> list[Said]:
    """All that was said of the answers of `name` (any of its releases, or one: `name@3`), oldest first."""
    told: dict[str, dict[str, Any]] = {}
    last: dict[str, str] = {}
    for record in sorted((record for record in records(home) if _about(record, name)), key=lambda one: one["at"]):
        given = {field: value for field, value in record["feedback"].items() if value is not None}
        told[record["of"]] = told.get(record["of"], {}) | given
        last[record["of"]] = record["at"]
    answers = {record["id"]: record for record in records(home) if told and record["id"] in told}
    return [Said(answers[response], feedback, last[response]) for response, feedback in told.items()
            if response in answers]


def summary(found: list[Said]) -> list[Summary]:
    """The same by release, newest release last."""
    counts = Counter(one.answer["release"] for one in found)
    return [_summed(release, [one for one in found if one.answer["release"] == release])
            for release in sorted(counts, key=lambda reference: int(reference.rpartition("@")[2]))]


def _summed(release: str, found: list[Said]) -> Summary:
    scores = [one.feedback["score"] for one in found if "score" in one.feedback]

    def number(what: str) -> int:
        return sum(what in one.feedback or f"{what}_digest" in one.feedback for one in found)

    return Summary(release, len(found), len(scores), sum(scores) / len(scores) if scores else None,
                   number("correction"), number("comment"))


def _about(record: Mapping[str, Any], name: str) -> bool:
    return "feedback" in record and name in (record["release"], record["release"].rpartition("@")[0])
