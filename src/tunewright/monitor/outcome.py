"""Outcomes: what one answer, or what somebody said of it, tells about the release that gave it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METRICS: dict[str, tuple[str, bool]] = {
    "feedback": ("what users said of answers, from 0 (bad) to 1 (good)", True),
    "kept": ("answers that users did not have corrected or written again", True),
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


def of_answer(line: Mapping[str, Any], slow: float) -> Iterator[Outcome]:
    """What an audit record tells: whether it was an error, slow, a refusal and, where a schema was asked for, valid."""
    if line["status"] not in ACTIVE:
        return
    release, unit = line["release"], f"{line.get('key', '')}\0{line['user']}" if line.get("user") else ""
    yield Outcome(release, "error", unit, float(line["status"] != 200))
    if line["status"] == 200:
        yield Outcome(release, "slow", unit, float(line["seconds"] > slow))
        for metric in ("refused", "valid", "agreement"):
            if line.get(metric) is not None:
                yield Outcome(release, metric, unit, float(line[metric]))
