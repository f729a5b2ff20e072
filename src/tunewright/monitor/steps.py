"""What becomes of a canary: a pure function from what was judged and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tunewright.monitor.judge import Judged, overall
from tunewright.recipe.monitor import MonitorSpec


@dataclass(frozen=True)
class Step:
    """`grow` to `share`, make `live`, `abort`, or `hold`; `why` is one sentence for the ledger."""

    move: Literal["hold", "grow", "live", "abort"]
    share: float
    why: str


def step(spec: MonitorSpec, share: float, answers: int, judged: Sequence[Judged]) -> Step:
    """The next step of a canary that has `share`, and gave `answers` at it, by what the rules say of it."""
    outcome = overall(judged)
    if outcome == "fail":
        said = "; ".join(one.sentence for one in judged if one.answer == "fail")
        return Step("abort", 0.0, f"it is worse: {said}")
    if outcome == "undecided" or answers < spec.step:
        waiting = [one.metric for one in judged if one.answer == "undecided"]
        why = f"the data cannot tell yet ({', '.join(waiting)})" if waiting else f"{answers:,} of {spec.step:,} answers"
        return Step("hold", share, why)
    said = "; ".join(one.sentence for one in judged)
    larger = next((one for one in spec.steps if one > share + 1e-9), None)
    if larger is None:
        return Step("live", 1.0, f"it is not worse: {said}")
    return Step("grow", larger, f"it is not worse: {said}")
