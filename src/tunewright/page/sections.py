"""Sections: the words and figures of the header, training, dataset, model and lineage."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tunewright.core.digest import short
from tunewright.core.records import Dataset, Difference, Metric, Model, Release, Report, RuleResult, Verdict
from tunewright.page.axis import compact, duration, figure, places, signed
from tunewright.page.charts import Point, histogram, losses, share
from tunewright.page.results import tone, tuned_arm
from tunewright.recipe import Recipe

Curve = Sequence[Mapping[str, Any]]
NBSP = "\N{NO-BREAK SPACE}"

_PLAIN = ("accuracy", "exact", "field_f1", "macro_f1")
_NAMED = 3  # most metrics named in the headline
_PARTS = ("train", "validation", "test")
_LENGTH = re.compile(r"^## Length\n+([^\n]+)\n+```\n(.+?)\n```", re.MULTILINE | re.DOTALL)
_BAR = re.compile(r"≤ +([\d,]+) +([\d,]+)")


@dataclass(frozen=True)
class Key:
    """One key figure: what it is, the figure, and what to hold it against."""

    label: str
    value: str
    note: str
    tone: str = ""


@dataclass(frozen=True)
class Training:
    """The loss curves and the totals of the run."""

    chart: Markup
    facts: tuple[tuple[str, str], ...]
    validated: bool


@dataclass(frozen=True)
class Lengths:
    """What was counted, in the card's words, and the histogram."""

    what: str
    chart: Markup


@dataclass(frozen=True)
class Node:
    """One step of the lineage. `inputs` names what it was made from."""

    kind: str
    name: str
    note: str
    digest: str
    inputs: str = ""


def sentence(verdict: Verdict, release: Release) -> str:
    """The verdict in one sentence, with what stands in the way."""
    total = len(verdict.rules)
    failed = [rule for rule in verdict.rules if rule.outcome == "fail"]
    open_ = [rule for rule in verdict.rules if rule.outcome == "undecided"]
    if verdict.outcome == "pass":
        told = {0: "The gate had no rule for this run", 1: "The one rule of the gate passed"}.get(
            total, f"Every rule of the gate passed ({total} of {total})")
        if verdict.waived:
            told = (f"{total - verdict.waived} of {total} rules passed and {verdict.waived} "
                    f"{'was' if verdict.waived == 1 else 'were'} waived")
        return f"{told}: {release.reference} may be promoted."
    if verdict.outcome == "fail":
        beside = f", and {len(open_)} could not be decided" if open_ else ""
        return f"{len(failed)} of {total} rules failed ({_names(failed)}){beside}: {release.reference} stays out."
    needs = max((rule.needs or 0 for rule in open_), default=0)
    mend = f"; about {needs:,} items would decide" if needs else ""
    return f"{len(open_)} of {total} rules could not be decided ({_names(open_)}){mend}: " \
           f"{release.reference} stays out until then."


def _names(rules: Sequence[RuleResult]) -> str:
    names = list(dict.fromkeys(rule.metric for rule in rules))
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + rest


def keys(report: Report, verdict: Verdict, model: Model, curve: Curve) -> list[Key]:
    """Four or five figures for a reader who reads nothing else."""
    found = [*_headline(report, verdict), *_kept(report)]
    part = model.trainable / model.parameters if model.parameters else 0.0
    found.append(Key("trained", percent(part),
                     f"{compact(model.trainable)} of {compact(model.parameters)} parameters"))
    if curve:
        last = curve[-1]
        seconds = float(last.get("seconds", 0.0))
        found.append(Key("training time", duration(seconds), f"{int(last['step']):,} optimizer steps"))
    return found


def _headline(report: Report, verdict: Verdict) -> list[Key]:
    """The plainest metric the gate asks about, and how far it lies from the strongest other arm."""
    tuned = tuned_arm(report)
    own = [metric for metric in report.metrics if metric.arm == tuned and metric.higher_is_better]
    asked = [rule.metric for rule in verdict.rules]
    own.sort(key=lambda metric: (metric.name not in asked, *_plainness(metric.name),
                                 asked.index(metric.name) if metric.name in asked else 0))
    if not own:
        return []
    best = own[0]
    decimals = places([best.value])
    found = [Key(best.name, figure(best.value, decimals),
                 f"{figure(best.low, decimals)} to {figure(best.high, decimals)} · {best.n:,} items")]
    rival = _rival(report, best)
    if rival:
        found.append(Key(f"over {rival.against}", signed(rival.value, decimals),
                         f"{signed(rival.low, decimals)} to {signed(rival.high, decimals)} · paired",
                         tone(rival.low, rival.high, best.higher_is_better)))
    return found


def _plainness(name: str) -> tuple[bool, int]:
    """Sorts right answers of the task before finer and further measures."""
    suite, _, scorer = name.partition("/")
    return suite != "task", _PLAIN.index(scorer) if scorer in _PLAIN else len(_PLAIN)


def _rival(report: Report, best: Metric) -> Difference | None:
    values = {metric.arm: metric.value for metric in report.metrics if metric.name == best.name}
    held = [d for d in report.differences if d.name == best.name and d.arm == best.arm and d.against in values]
    return max(reversed(held), key=lambda difference: values[difference.against], default=None)


def _kept(report: Report) -> list[Key]:
    """The change of what the base could already do: overall, or the worst where no overall figure was taken."""
    higher = {metric.name: metric.higher_is_better for metric in report.metrics}
    held = [d for d in report.differences if d.name.startswith("general/") and d.arm == tuned_arm(report)
            and d.against == "base" and higher.get(d.name, False)]
    if not held:
        return []
    told = min(held, key=lambda difference: (difference.name != "general/all", difference.value))
    decimals = places([told.value])
    return [Key(f"{told.name} over base", signed(told.value, decimals),
                f"{signed(told.low, decimals)} to {signed(told.high, decimals)} · paired",
                tone(told.low, told.high, True))]


def percent(part: float) -> str:
    """A share as a percentage with two figures that count: 0.93 %, 12 %, 100 %."""
    value = 100 * part
    text = f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2g}"
    return f"{text}{NBSP}%"


def training(curve: Curve) -> Training | None:
    """The curves in the rows of `metrics.jsonl`; None when there are none."""
    learned, checked = _points(curve, "loss"), _points(curve, "validation")
    if not learned and not checked:
        return None
    best = min(checked, key=lambda point: point[1]) if checked else None
    facts = [("optimizer steps", f"{curve[-1]['step']:,}")]
    title = f"Training loss over {len(learned):,} logged steps"
    if learned:
        facts.append(("last training loss", figure(learned[-1][1], 3)))
        title += f", from {figure(learned[0][1], 3)} to {figure(learned[-1][1], 3)}"
    if best:
        facts.append(("best validation loss", f"{figure(best[1], 3)} at step {best[0]:,.0f}"))
        title += f"; validation loss is lowest at step {best[0]:,.0f}, {figure(best[1], 3)}"
    tokens, seconds = (float(curve[-1].get(name) or 0.0) for name in ("tokens", "seconds"))
    if tokens:
        facts.append(("tokens seen", compact(tokens)))
    if tokens and seconds:
        facts.append(("speed", f"{compact(tokens / seconds)} tokens/s"))
    return Training(losses(learned, checked, best, title), tuple(facts), bool(checked))


def _points(curve: Curve, name: str) -> list[Point]:
    """Step and figure of the rows that have one; a loss that overflowed has no place on an axis."""
    return [(float(row["step"]), float(row[name])) for row in curve
            if row.get(name) is not None and math.isfinite(row[name])]


def lengths(card: str) -> Lengths | None:
    """The histogram of lengths on a dataset's card, drawn; None when the card has none."""
    found = _LENGTH.search(card)
    bars = [(f"≤ {upper}", int(count.replace(",", ""))) for upper, count in _BAR.findall(found[2])] if found else []
    if not found or not bars:
        return None
    title = "Records by length: " + ", ".join(f"{count:,} {label}" for label, count in bars)
    return Lengths(found[1], histogram(bars, title))


def trainable(model: Model) -> Markup:
    """The share of parameters that were trained, as a bar."""
    part = model.trainable / model.parameters if model.parameters else 0.0
    return share(part, f"{percent(part)} of the parameters were trained")


def lineage(recipe: Recipe, dataset: Dataset, model: Model, report: Report, verdict: Verdict,
            release: Release) -> list[Node]:
    """From the sources to the release, each with its full digest and what it was made from."""
    made = f"dataset {short(release.dataset)} and base {short(model.base)}"
    against = f" and live report {short(verdict.against)}" if verdict.against else ""
    return [
        *(Node("source", origin.path, f"{origin.rows:,} rows", origin.digest) for origin in dataset.origins),
        Node("recipe", recipe.name, recipe.purpose, release.recipe),
        Node("dataset", dataset.name, f"{sum(parts_of(dataset)):,} records", release.dataset,
             ", ".join(f"source {short(origin.digest)}" for origin in dataset.origins)),
        Node("base", model.base_name, f"{compact(model.parameters)} parameters", model.base),
        Node("model", model.name, model.method, release.model, made),
        Node("report", report.name, f"{len(report.arms)} arms, {len({m.name for m in report.metrics})} metrics",
             release.report, f"model {short(release.model)} and dataset {short(release.dataset)}"),
        Node("verdict", verdict.name, verdict.told, release.verdict,
             f"report {short(release.report)}{against}"),
        Node("release", release.reference, "", release.digest, f"recipe {short(release.recipe)}, dataset, model, "
             "report and verdict above"),
    ]


def parts_of(dataset: Dataset) -> list[int]:
    """The sizes of train, validation and test, where there are such parts."""
    return [dataset.counts[part] for part in _PARTS if part in dataset.counts]
