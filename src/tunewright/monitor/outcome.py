"""Outcomes: what one answer, or what somebody said of it, tells about the release that gave it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METRICS: dict[str, tuple[str, bool]] = {
    "feedback": ("what users said of answers, from 0 (bad) to 1 (good)", True),
    "kept": ("answers that users neither put right nor asked for again within two minutes", True),
    "valid": ("answers that fit the schema that was asked for", True),
    "agreement": ("shadow's answers that are the live release's, word for word", True),
    "judged": ("what a judge said of a sample of answers, from 0 to 1", True),
    "refused": ("answers that refuse", False),
    "error": ("requests that ended in an error of ours", False),
    "slow": ("answers that took longer than `monitor.slow` seconds", False)}
"""What can be watched, each a figure between 0 and 1: what it is, and whether more of it is better."""
ACTIVE = frozenset({200, 500, 502, 503, 504})
"""Statuses that say something of a release; a client that left, or asked wrongly, says nothing."""


@dataclass(frozen=True)
class Outcome:
    """One figure between 0 and 1 of one answer of `release` (its reference). `unit` is who asked, where it is known:
    a user's answers hang together."""

    release: str
    metric: str
    unit: str
    value: float


def of_record(record: Mapping[str, Any], slow: float) -> Iterator[Outcome]:
    """What a record of the audit trail tells: an answer's, or what somebody said of one (`feedback`)."""
    yield from _said(record) if "feedback" in record else _given(record, slow)


def _said(record: Mapping[str, Any]) -> Iterator[Outcome]:
    release, who, told = record["release"], unit(record), record["feedback"]
    if told.get("score") is not None:
        yield Outcome(release, "feedback", who, float(told["score"]))
    if told.get("corrected") and who:  # that it was kept, `kept.py` tells
        yield Outcome(release, "kept", who, 0.0)


def _given(record: Mapping[str, Any], slow: float) -> Iterator[Outcome]:
    """Whether an answer was an error, slow, a refusal and, where a schema was asked for, valid.

    A shadow's says only whether it agreed: no user met it.
    """
    if record["status"] not in ACTIVE:
        return
    release, who = record["release"], unit(record)
    if record.get("shadow_of"):
        if record.get("agreement") is not None:
            yield Outcome(release, "agreement", who, float(record["status"] == 200 and record["agreement"]))
        return
    yield Outcome(release, "error", who, float(record["status"] != 200))
    if record["status"] == 200:
        yield Outcome(release, "slow", who, float(record["seconds"] > slow))
        for metric in ("refused", "valid"):
            if record.get(metric) is not None:
                yield Outcome(release, metric, who, float(record[metric]))


def unit(record: Mapping[str, Any]) -> str:
    """Who asked, by key and user; empty if that is not known."""
    return f"{record.get('key', '')}\0{record['user']}" if record.get("user") else ""
