"""What answers take: seconds, tokens a second and money, by suite and arm."""

from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.core.items import About
from tunewright.core.records import Metric, Report
from tunewright.page.axis import figure, places
from tunewright.recipe.evaluate import TIMINGS

_NAMES = {"latency_p50": "half take at most, s", "latency_p95": "95 % take at most, s",
          "latency_p99": "99 % take at most, s", "tokens_per_second": "tokens a second",
          "cost_per_1000": "cost of 1,000 answers"}
_OPEN = 1000.0  # an end that the record holds in place of one that nothing bounds


@dataclass(frozen=True)
class Cell:
    """A figure and its 95 % interval; both empty where nothing was measured."""

    value: str
    between: str


@dataclass(frozen=True)
class Suite:
    """One suite's table: the columns' names, and each arm with its cells and the run that it was asked in."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...]


def suites(report: Report, about: About) -> list[Suite]:
    """A table for each suite whose answers were timed, the task's first."""
    held = [metric for metric in report.metrics if metric.name.partition("/")[2] in TIMINGS]
    names = sorted({metric.name.partition("/")[0] for metric in held}, key=lambda name: (name != "task", name))
    return [_suite(name, [one for one in held if one.name.startswith(f"{name}/")], report.arms, about)
            for name in names]


def _suite(name: str, held: Sequence[Metric], arms: Sequence[str], about: About) -> Suite:
    columns = [column for column in TIMINGS if any(one.name == f"{name}/{column}" for one in held)]
    cells = {(one.arm, one.name.partition("/")[2]): _cell(one) for one in held}
    rows = tuple((arm, about.earlier.get(arm, ""), tuple(cells.get((arm, column), Cell("", "")) for column in columns))
                 for arm in arms if any(one.arm == arm for one in held))
    return Suite(name, tuple(_NAMES[column] for column in columns), rows)


def _cell(metric: Metric) -> Cell:
    """Few answers leave the upper end of a far quantile open: that is said, not drawn."""
    decimals = places([metric.value])
    high = figure(metric.high, decimals)
    return Cell(figure(metric.value, decimals),
                f"{figure(max(metric.low, 0.0), decimals)} or more" if metric.high >= _OPEN > metric.value
                else f"{figure(max(metric.low, 0.0), decimals)} to {high}")
