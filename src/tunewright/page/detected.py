"""Rates that detectors report: as reported, and corrected for how often the detector errs."""

from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.core.items import About, Item
from tunewright.core.records import Report
from tunewright.page.axis import figure

_DETECTED = "detected"


@dataclass(frozen=True)
class Rate:
    """One metric of one arm: what its detector reported, what is true after correction, and how the detector errs."""

    name: str
    arm: str
    n: int
    reported: str
    corrected: str
    between: str
    detector: str


def rates(report: Report, items: Sequence[Item], about: About) -> list[Rate]:
    """Every metric of the report that a detector's errors are taken out of, arm by arm."""
    from tunewright.stats import measure

    found = []
    for metric in report.metrics:
        how = measure.of(metric.name, about)
        if how.kind != _DETECTED:
            continue
        held = measure.select(items, metric.name, metric.arm, about)
        if not held:
            continue
        reported = sum(item.scores[how.score] for item in held) / len(held)
        counts = {name: int(count) for name, count in how.settings.items()}
        found.append(Rate(
            metric.name, metric.arm, metric.n, figure(reported, 3), figure(metric.value, 3),
            f"{figure(metric.low, 3)} to {figure(metric.high, 3)}",
            f"finds {counts['found']:,} of {counts['found'] + counts['missed']:,}, "
            f"{counts['false']:,} false alarms in {counts['cleared'] + counts['false']:,}"))
    return found
