"""Slices: each one's figure drawn towards the whole, what it was before that, and which are shown to be worse."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tunewright.core.records import Report, Slice
from tunewright.page.axis import Axis, figure, places, signed, spanning
from tunewright.page.charts import Span, interval, scale

_OPEN = 12  # slices of a field that are shown unasked; flagged ones always are


@dataclass(frozen=True)
class Row:
    """One slice: its name and size, a drawing, its figures as text, and what is shown of it."""

    name: str
    n: int
    chart: Markup
    value: str
    between: str
    raw: str
    change: str
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """The slices of one field, the worst first; those in `back` are folded away."""

    name: str
    front: tuple[Row, ...]
    back: tuple[Row, ...]
    scale: Markup


def fields(report: Report) -> list[Field]:
    """Every field that the report has slices of."""
    names = dict.fromkeys(one.field for one in report.slices)
    return [_field(name, [one for one in report.slices if one.field == name], _higher(report)) for name in names]


def summary(report: Report) -> str:
    """How many slices there are, how often they were tested, and how many of the tests stand."""
    flagged = sum(one.behind + one.worse for one in report.slices)
    tests = sum(one.tests for one in report.slices)
    told = "none stands" if not flagged else "one stands" if flagged == 1 else f"{flagged:,} stand"
    return (f"{len(report.slices):,} slices of {report.slices[0].metric}, tested {tests:,} times in all: after Holm's "
            f"correction over all tests, {told}.")


def _higher(report: Report) -> bool:
    asked = report.slices[0].metric
    return next((metric.higher_is_better for metric in report.metrics if metric.name == asked), True)


def _field(name: str, held: Sequence[Slice], higher: bool) -> Field:
    ordered = sorted(held, key=lambda one: (not (one.behind or one.worse), one.shrunk if higher else -one.shrunk))
    ends = [end for one in held for end in (one.shrunk_low, one.shrunk_high, one.value)]
    shares = higher and min(ends) >= 0 and max(ends) <= 1
    axis = Axis((0.0, 0.25, 0.5, 0.75, 1.0)) if shares else spanning(ends)
    decimals = places(one.value for one in held)
    front = max(_OPEN, sum(one.behind or one.worse for one in held))
    rows = [_row(one, axis, decimals) for one in ordered]
    return Field(name, tuple(rows[:front]), tuple(rows[front:]), scale(axis))


def _row(one: Slice, axis: Axis, decimals: int) -> Row:
    between = f"{figure(one.shrunk_low, decimals)} to {figure(one.shrunk_high, decimals)}"
    flags = tuple(word for held, word in ((one.behind, "behind the rest"), (one.worse, "worse than base")) if held)
    title = (f"{one.field} {one.name}: {figure(one.shrunk, decimals)}, 95 % interval {between}, as measured "
             f"{figure(one.value, decimals)}, {one.n:,} items" + (f": {', '.join(flags)}" if flags else ""))
    chart = interval(axis, Span(one.shrunk, one.shrunk_low, one.shrunk_high), "dot", title,
                     tone="bad" if flags else "", beside=one.value)
    change = "" if one.change is None else signed(one.change, decimals)
    value, raw = figure(one.shrunk, decimals), figure(one.value, decimals)
    return Row(one.name, one.n, chart, value, between, raw, change, flags)
