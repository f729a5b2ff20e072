"""Results: each metric's arms and differences as rows with a drawing, grouped by suite."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tunewright.core.records import Difference, Metric, Report
from tunewright.page.axis import Axis, figure, places, signed, spanning
from tunewright.page.charts import SHAPES, Span, interval, mark, scale

_SCORERS = {
    "exact": "share of answers equal to the expected text",
    "accuracy": "share of answers with the right label",
    "macro_precision": "precision, averaged over labels",
    "macro_recall": "recall, averaged over labels",
    "macro_f1": "F1, averaged over labels",
    "rouge_l": "longest common subsequence with the expected text, F-measure",
    "chrf": "character n-gram F-score against the expected text",
    "json_valid": "share of answers that parse as JSON",
    "json_schema": "share of answers that meet the JSON schema",
    "field_f1": "F1 over the fields of the expected object",
    "loss": "negative log-likelihood of the expected answer, nats per token",
    "copy": "share of lists repeated exactly",
}
_SUITES = {"task": "the held-out split", "general": "what the base could already do"}
_TONES = {"good": "better", "bad": "worse", "open": "not told apart"}


@dataclass(frozen=True)
class Row:
    """One arm, or one comparison: its words, its drawing and its figures as text."""

    label: str
    key: Markup
    chart: Markup
    value: str
    interval: str
    tone: str
    word: str


@dataclass(frozen=True)
class Panel:
    """One metric: the arms on one axis, the differences on another."""

    name: str
    scorer: str
    meaning: str
    better: str
    n: int
    arms: tuple[Row, ...]
    arms_scale: Markup
    differences: tuple[Row, ...]
    differences_scale: Markup | None


@dataclass(frozen=True)
class Suite:
    """The metrics of one suite."""

    name: str
    meaning: str
    panels: tuple[Panel, ...]


def tuned_arm(report: Report) -> str:
    """The arm the run is about: `tuned`, or the last one where no arm is called so."""
    return "tuned" if "tuned" in report.arms else report.arms[-1]


def suites(report: Report) -> list[Suite]:
    """Every metric of the report, in its order, below its suite."""
    names = list(dict.fromkeys(metric.name for metric in report.metrics))
    grouped: dict[str, list[str]] = {}
    for name in names:
        grouped.setdefault(name.partition("/")[0], []).append(name)
    return [Suite(suite, _SUITES.get(suite, ""), tuple(_panel(report, name) for name in held))
            for suite, held in grouped.items()]


def _panel(report: Report, name: str) -> Panel:
    metrics = sorted((metric for metric in report.metrics if metric.name == name),
                     key=lambda metric: report.arms.index(metric.arm) if metric.arm in report.arms else 99)
    differences = [difference for difference in report.differences if difference.name == name]
    scorer = name.partition("/")[2] or name
    higher = metrics[0].higher_is_better
    decimals = places(metric.value for metric in metrics)
    levels = _levels(metrics)
    beside = spanning(end for d in differences for end in (d.low, d.value, d.high)) if differences else None
    return Panel(
        name, scorer, _SCORERS.get(scorer, ""), "higher is better" if higher else "lower is better",
        max(metric.n for metric in metrics),
        tuple(_arm(metric, levels, decimals, shape(report, metric.arm), tuned_arm(report)) for metric in metrics),
        scale(levels),
        tuple(_difference(difference, beside, decimals, higher) for difference in differences) if beside else (),
        scale(beside, plus=True) if beside else None)


def shape(report: Report, arm: str) -> str:
    """The marker of an arm: the tuned one is always the filled dot, the others differ by form."""
    if arm == tuned_arm(report):
        return "dot"
    others = [name for name in report.arms if name != tuned_arm(report)]
    forms = [form for form in SHAPES if form != "dot"]
    return forms[others.index(arm) % len(forms)] if arm in others else forms[-1]


def _levels(metrics: Sequence[Metric]) -> Axis:
    ends = [end for metric in metrics for end in (metric.low, metric.value, metric.high)]
    if metrics[0].higher_is_better and min(ends) >= 0 and max(ends) <= 1:
        return Axis((0.0, 0.25, 0.5, 0.75, 1.0))  # shares keep one axis, so that panels compare by eye
    return spanning(ends)


def _arm(metric: Metric, axis: Axis, decimals: int, form: str, tuned: str) -> Row:
    value = figure(metric.value, decimals)
    between = f"{figure(metric.low, decimals)} to {figure(metric.high, decimals)}"
    title = f"{metric.name}, {metric.arm}: {value}, 95 % interval {between}, {metric.n:,} items"
    chart = interval(axis, Span(metric.value, metric.low, metric.high), form, title)
    return Row(metric.arm, mark(form), chart, value, between, "tuned" if metric.arm == tuned else "", "")


def tone(low: float, high: float, higher_is_better: bool) -> str:
    """What an interval of differences says: `good`, `bad`, or `open` when it holds zero."""
    if low <= 0 <= high:
        return "open"
    return "good" if (low > 0) == higher_is_better else "bad"


def _difference(difference: Difference, axis: Axis, decimals: int, higher: bool) -> Row:
    value = signed(difference.value, decimals)
    between = f"{signed(difference.low, decimals)} to {signed(difference.high, decimals)}"
    feel = tone(difference.low, difference.high, higher)
    label = f"{difference.arm} − {difference.against}"
    title = f"{difference.name}, {label}: {value}, 95 % interval {between}, {difference.n:,} pairs: {_TONES[feel]}"
    chart = interval(axis, Span(difference.value, difference.low, difference.high), "dot", title, tone=feel, zero=True)
    return Row(label, Markup(""), chart, value, between, feel, _TONES[feel])
