"""The monitor's report: what a canary's step was decided by, kept in the store and named by the step's entry."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Literal

from tunewright.core.home import Home
from tunewright.core.ledger import Entry
from tunewright.core.records import Record
from tunewright.monitor.judge import Judged
from tunewright.monitor.steps import Step

WATCHED = "watched"
"""The key of an entry's data that holds the digest of its evidence."""


class Evidence(Record):
    """One step of `canary` beside `live` (their references): the share that it had, the step, what each rule said, and
    by release what its answers took.
    """

    record: Literal["evidence"] = "evidence"
    canary: str
    live: str
    share: float
    move: Literal["grow", "live", "abort"]
    to: float
    rules: tuple[dict[str, Any], ...]
    traffic: dict[str, dict[str, Any]]


def of_rule(one: Judged) -> dict[str, Any]:
    """What one rule said, as JSON."""
    return {"metric": one.metric, "answer": one.answer, **asdict(one.found)}


def keep(home: Home, canary: str, live: str, share: float, taken: Step, rules: list[dict[str, Any]],
         traffic: dict[str, dict[str, Any]]) -> str:
    """Put a step's evidence into the store; its digest."""
    return home.store.put_record(Evidence.model_validate({
        "canary": canary, "live": live, "share": share, "move": taken.move, "to": taken.share, "rules": rules,
        "traffic": traffic}))


def of(home: Home, reference: str) -> Iterator[tuple[Entry, Evidence]]:
    """The steps of a release when it was a canary, oldest first, each with its entry."""
    for entry in home.ledger.entries():
        if WATCHED in entry.data and entry.action != "incident":
            found = Evidence.model_validate(home.store.get_json(entry.data[WATCHED]))
            if found.canary == reference:
                yield entry, found


def line(one: Evidence) -> str:
    """A step in one line: from share to share, what the rules said, and both releases' seconds and cost."""
    went = {"grow": f"{100 * one.share:.4g} % → {100 * one.to:.4g} %", "live": f"{100 * one.share:.4g} % → live",
            "abort": f"{100 * one.share:.4g} % → taken away"}[one.move]
    rules = ", ".join(f"{rule['metric']} {rule['answer']} {rule['value']:+.3f}" for rule in one.rules)
    ours, theirs = one.traffic.get(one.canary, {}), one.traffic.get(one.live, {})
    return (f"{went} · {rules} · {ours.get('answers', 0):,} and {theirs.get('answers', 0):,} answers · p95 "
            f"{_seconds(ours)} against {_seconds(theirs)}")


def _seconds(traffic: dict[str, Any]) -> str:
    value = (traffic.get("seconds") or {}).get("p95")
    return "none" if value is None else f"{value:.3g} s"
