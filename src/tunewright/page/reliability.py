"""Reliability: of the answers given with a confidence, how many are right; drawn for each arm that tells one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from tunewright.core.items import About, Item
from tunewright.core.records import Report
from tunewright.page.axis import Axis, figure

_AXIS = Axis((0.0, 0.25, 0.5, 0.75, 1.0))
_SCORES = ("brier", "ece")


@dataclass(frozen=True)
class Bin:
    """Answers of like confidence: the mean of it, the share that is right with its 95 % interval, and how many."""

    confidence: float
    right: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Diagram:
    """One arm's diagram, and its figures with their intervals."""

    arm: str
    chart: Markup
    figures: tuple[tuple[str, str, str], ...]


def diagrams(report: Report, items: Iterable[Item], about: About) -> list[Diagram]:
    """A diagram for each arm whose answers to the task carry a confidence."""
    told = [item for item in items if item.suite == "task" and "confidence" in item.scores]
    held = {arm: [item for item in told if item.arm == arm] for arm in report.arms}
    return [Diagram(arm, draw(bins(own, about), arm), _figures(report, arm)) for arm, own in held.items() if own]


def bins(items: Sequence[Item], about: About) -> list[Bin]:
    """Ten bins of equal width, of which those that hold answers are told."""
    from tunewright.stats.calibration import BINS
    from tunewright.stats.estimate import mean
    from tunewright.stats.kinds import units_of
    from tunewright.stats.labels import normalise

    held: dict[int, list[Item]] = {}
    for item in items:
        held.setdefault(min(int(item.scores["confidence"] * BINS), BINS - 1), []).append(item)
    found = []
    for _, own in sorted(held.items()):
        right = [float(normalise(item.answer or "") == normalise(item.expected or "")) for item in own]
        share = mean(right, units_of(own), resamples=about.resamples, seed=about.seed)
        confidence = sum(item.scores["confidence"] for item in own) / len(own)
        found.append(Bin(confidence, share.value, share.low, share.high, len(own)))
    return found


def draw(found: Sequence[Bin], arm: str) -> Markup:
    """Share of right answers over confidence; on the diagonal both are the same. A dot's area is the bin's share."""
    most = max(one.n for one in found)
    parts = [f'<line class="grid" x1="0" x2="100%" y1="{_AXIS.up(value)}" y2="{_AXIS.up(value)}"/>'
             f'<text x="-8" y="{_AXIS.up(value)}" dy="4" text-anchor="end">{value:g}</text>'
             f'<text x="{_AXIS.at(value)}" y="100%" dy="18" text-anchor="middle">{value:g}</text>'
             for value in _AXIS.ticks]
    parts.append('<line class="even" x1="0" y1="100%" x2="100%" y2="0"/>')
    for one in found:
        across = _AXIS.at(one.confidence)
        parts.append(f'<line class="span" x1="{across}" x2="{across}" y1="{_AXIS.up(one.low)}" '
                     f'y2="{_AXIS.up(one.high)}"/><circle class="bin" cx="{across}" cy="{_AXIS.up(one.right)}" '
                     f'r="{3 + 5 * (one.n / most) ** 0.5:.1f}"/>')
    words = "; ".join(f"confidence {one.confidence:.2f}: {one.right:.2f} right ({one.low:.2f} to {one.high:.2f}), "
                      f"{one.n:,} answers" for one in found)
    return Markup(  # numbers and escaped text only
        f'<svg class="reliability" role="img" width="100%" height="220"><title>{escape(f"{arm}: {words}")}</title>'
        f'{"".join(parts)}</svg>')


def _figures(report: Report, arm: str) -> tuple[tuple[str, str, str], ...]:
    """Brier score and calibration error, where the report measured them."""
    held = {metric.name: metric for metric in report.metrics if metric.arm == arm}
    asked = [(scorer, held[f"task/{scorer}"]) for scorer in _SCORES if f"task/{scorer}" in held]
    return tuple((scorer, figure(one.value, 3), f"{figure(one.low, 3)} to {figure(one.high, 3)}")
                 for scorer, one in asked)
