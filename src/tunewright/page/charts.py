"""Charts: pure functions from figures to inline SVG.

An SVG here has no viewBox: it takes the width it is given, marks are placed in percent, and text keeps its size on
any screen. Colours come from the page's style sheet by class, so both themes share one drawing. Every drawing has a
title that says in words what it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from tunewright.page.axis import Axis, counting, figure, places, spanning, tick

Point = tuple[float, float]

ROW = 40  # pixels: height of one row of a dot-and-interval chart
_BINS = 160  # most points of a drawn training curve; more are averaged
_SHAPES = {
    "ring": '<circle r="4.5"/>',
    "diamond": '<path d="M0-6 6 0 0 6-6 0Z"/>',
    "square": '<path d="M-4.5-4.5H4.5V4.5H-4.5Z"/>',
    "triangle": '<path d="M0-5.5 5.5 4.5H-5.5Z"/>',
    "wedge": '<path d="M0 5.5-5.5-4.5H5.5Z"/>',
    "pillar": '<path d="M-2.5-6H2.5V6H-2.5Z"/>',
    "plank": '<path d="M-6-2.5H6V2.5H-6Z"/>',
    "dot": '<circle r="5.5"/>',
}
SHAPES = tuple(_SHAPES)


@dataclass(frozen=True)
class Span:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


def _svg(kind: str, title: str, height: int, parts: Sequence[str]) -> Markup:
    body = "".join(parts)
    label = escape(title)
    return Markup(  # `parts` hold numbers and escaped text only
        f'<svg class="{kind}" role="img" width="100%" height="{height}"><title>{label}</title>{body}</svg>')


def mark(shape: str) -> Markup:
    """The marker of an arm alone, for a legend."""
    return Markup(f'<svg class="key" aria-hidden="true" width="14" height="14"><svg x="50%" y="50%" '
                  f'overflow="visible" class="mark {shape}">{_SHAPES[shape]}</svg></svg>')


def interval(axis: Axis, span: Span, shape: str, title: str, *, tone: str = "", zero: bool = False,
             beside: float | None = None) -> Markup:
    """One row: grid lines, the interval as a capped line and the figure as a marker.

    `tone` is a further class (`good`, `bad`, `open`); `zero` draws the line that a difference is judged against;
    `beside` is a second figure, drawn as a small ring.
    """
    parts = [_grid(axis)]
    if zero:
        parts.append(f'<line class="zero" x1="{axis.at(0)}" x2="{axis.at(0)}" y1="0" y2="100%"/>')
    low, high = axis.at(span.low), axis.at(span.high)
    middle = ROW // 2
    parts.append(f'<g class="span {tone}"><line x1="{low}" x2="{high}" y1="{middle}" y2="{middle}"/>')
    parts += [f'<line x1="{end}" x2="{end}" y1="{middle - 4}" y2="{middle + 4}"/>' for end in (low, high)]
    if beside is not None:
        parts.append(f'<circle class="beside" cx="{axis.at(beside)}" cy="{middle}" r="3.5"/>')
    parts.append(f'</g><svg x="{axis.at(span.value)}" y="50%" overflow="visible" class="mark {shape} {tone}">'
                 f"{_SHAPES[shape]}</svg>")
    return _svg("track", title, ROW, parts)


def scale(axis: Axis, *, plus: bool = False) -> Markup:
    """The tick labels below a column of `interval` rows; `plus` writes the sign of positive ones."""
    zero = axis.ticks.index(0.0) if 0.0 in axis.ticks else 0
    every = 1 if len(axis.ticks) <= 4 else 2  # labels of a narrow column must not touch
    parts = []
    for index, value in enumerate(axis.ticks):
        if (index - zero) % every:
            continue
        text = f"+{tick(value)}" if plus and value > 0 else tick(value)
        parts.append(f'<text x="{axis.at(value)}" y="14" text-anchor="middle">{text}</text>')
    return Markup(f'<svg class="scale" aria-hidden="true" width="100%" height="20">{"".join(parts)}</svg>')


def _grid(axis: Axis) -> str:
    return "".join(f'<line class="grid" x1="{axis.at(value)}" x2="{axis.at(value)}" y1="0" y2="100%"/>'
                   for value in axis.ticks)


def losses(training: Sequence[Point], validation: Sequence[Point], best: Point | None, title: str) -> Markup:
    """Training and validation loss by optimizer step; `best` is the checkpoint that was kept.

    More than 160 training points are averaged in equal bins, so that the line shows the course and not the noise.
    """
    training = binned(training)
    points = [*training, *validation]
    across = counting(max((step for step, _ in points), default=1.0))
    upward = spanning(loss for _, loss in points)
    parts = [f'<line class="grid" x1="0" x2="100%" y1="{upward.up(value)}" y2="{upward.up(value)}"/>'
             f'<text class="left" x="-10" y="{upward.up(value)}" dy="4" text-anchor="end">{tick(value)}</text>'
             for value in upward.ticks]
    parts += [f'<text x="{across.at(value)}" y="100%" dy="20" text-anchor="middle">{tick(value)}</text>'
              for value in across.ticks]
    parts.append(_line("training", across, upward, training) + _line("validation", across, upward, validation))
    parts += [f'<circle class="validation" cx="{across.at(step)}" cy="{upward.up(loss)}" r="3"/>'
              for step, loss in validation]
    if best:
        parts.append(_best(across, upward, best))
    return _svg("losses", title, 300, parts)


def _line(kind: str, across: Axis, upward: Axis, points: Sequence[Point]) -> str:
    if len(points) < 2:
        return ""
    path = " ".join(f"{1000 * across.share(step):.1f},{1000 - 1000 * upward.share(loss):.1f}" for step, loss in points)
    return (f'<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" width="100%" height="100%" overflow="visible">'
            f'<polyline class="{kind}" points="{path}" vector-effect="non-scaling-stroke"/></svg>')


def _best(across: Axis, upward: Axis, best: Point) -> str:
    step, loss = best
    left, top = across.at(step), upward.up(loss)
    anchor, shift = ("end", -9) if across.share(step) > 0.5 else ("start", 9)
    text = f"kept: step {step:,.0f}, loss {figure(loss, places([loss]))}"
    return (f'<line class="best" x1="{left}" x2="{left}" y1="0" y2="100%"/>'
            f'<circle class="best" cx="{left}" cy="{top}" r="6"/>'
            f'<text class="best" x="{left}" dx="{shift}" y="12" text-anchor="{anchor}">{text}</text>')


def binned(points: Sequence[Point], most: int = _BINS) -> list[Point]:
    """At most `most` points: the mean step and the mean loss of equal bins. Fewer points are left as they are."""
    if len(points) <= most:
        return list(points)
    edges = [round(index * len(points) / most) for index in range(most + 1)]
    bins = [points[start:end] for start, end in pairwise(edges)]
    return [(sum(step for step, _ in part) / len(part), sum(loss for _, loss in part) / len(part)) for part in bins]


def histogram(bars: Sequence[tuple[str, int]], title: str) -> Markup:
    """Upright bars, one per label, each with its count above it."""
    width = 100 / max(len(bars), 6)  # two bars are no wider than six
    upward = Axis((0.0, float(max(1, *(count for _, count in bars)))))
    every = 1 + (len(bars) - 1) // 8  # at most eight labels, or they would touch on a phone
    parts = []
    for index, (label, count) in enumerate(bars):
        left, middle = index * width, (index + 0.5) * width
        height = 100 * upward.share(count)
        parts.append(f'<rect x="{left + width * 0.08:.2f}%" width="{width * 0.84:.2f}%" '
                     f'y="{100 - height:.2f}%" height="{height:.2f}%"/>')
        if len(bars) <= 12:
            parts.append(f'<text x="{middle:.2f}%" y="{100 - height:.2f}%" dy="-6" '
                         f'text-anchor="middle" class="count">{count:,}</text>')
        if index % every == 0:
            parts.append(f'<text x="{middle:.2f}%" y="100%" dy="18" text-anchor="middle">{escape(label)}</text>')
    return _svg("histogram", title, 120, parts)


def share(part: float, title: str) -> Markup:
    """A thin bar filled to `part`, a share from 0 to 1; a share above nothing shows at least a sliver."""
    width = 100 * min(1.0, max(0.0, part))
    return _svg("share", title, 8, [
        '<rect class="whole" width="100%" height="8" rx="4"/>',
        f'<rect class="part" width="{max(width, 0.4 if width else 0.0):.2f}%" height="8" rx="4"/>'])


def stack(parts: Sequence[tuple[str, float]], title: str) -> Markup:
    """A bar of segments side by side: the class of each and its share from 0 to 1. The rest stays empty."""
    drawn, left = [], 0.0
    for kind, part in parts:
        if part > 0:
            drawn.append(f'<rect class="{kind}" x="{100 * left:.2f}%" width="{100 * part:.2f}%" height="12"/>')
        left += part
    return _svg("stack", title, 12, ['<rect class="whole" width="100%" height="12"/>', *drawn])
