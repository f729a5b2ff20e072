"""The monitor's report: what a canary's step was decided by, kept in the store and named by the step's entry."""

from dataclasses import asdict
from typing import Any

from tunewright import registry
from tunewright.core.home import Home
from tunewright.core.records import Evidence
from tunewright.monitor.judge import Judged
from tunewright.monitor.steps import Step


def of_rule(one: Judged) -> dict[str, Any]:
    """What one rule said, as JSON."""
    return {"metric": one.metric, "answer": one.answer, **asdict(one.found)}


def keep(home: Home, canary: str, live: str, share: float, taken: Step, rules: list[dict[str, Any]],
         traffic: dict[str, dict[str, Any]]) -> Evidence:
    """Put a step's evidence into the store."""
    found = Evidence.model_validate({
        "canary": canary, "live": live, "release": registry.resolve(home, canary).digest,
        "against": registry.resolve(home, live).digest, "share": share, "move": taken.move, "to": taken.share,
        "rules": rules, "traffic": traffic})
    home.store.put_record(found)
    return found
