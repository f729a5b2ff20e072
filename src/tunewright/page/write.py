"""Write `report.html`: assemble the sections, render the template, rename the file into place."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS
from tunewright.core.items import read_about, read_items
from tunewright.core.judged import read_judged
from tunewright.core.records import Dataset, Model, Release, Report, Verdict
from tunewright.core.run import write_atomically
from tunewright.core.store import Store
from tunewright.core.visible import visible
from tunewright.page import axis, detected, examples, judged, reliability, results, sections, slices, takes
from tunewright.page import dataset as drawn
from tunewright.page.charts import mark
from tunewright.recipe import Recipe

if TYPE_CHECKING:
    from tunewright.evaluate.advise import Advice

Curve = Sequence[Mapping[str, Any]]

_SHOWN = 10  # examples on the page


def write(
    path: Path, *, recipe: Recipe, dataset: Dataset, model: Model, report: Report, verdict: Verdict, release: Release,
    store: Store, curve: Curve, advice: "Advice | None" = None,
) -> Path:
    """Write the page of a run to `path`, whole or not at all; return `path`.

    `curve` holds the rows of `metrics.jsonl` (step, loss, lr, tokens, seconds, validation where measured), `advice` is
    what was said before the training, if anybody asked. Equal input gives equal bytes. Raises Fault if an object is
    missing from the store or `path` cannot be written.
    """
    text = render(recipe=recipe, dataset=dataset, model=model, report=report, verdict=verdict, release=release,
                  store=store, curve=curve, advice=advice)
    try:
        write_atomically(path, text)
    except OSError as error:
        raise Fault(f"the report {path} cannot be written ({error.strerror}): free room there or mend "
                    "its rights.") from error
    return path


def render(
    *, recipe: Recipe, dataset: Dataset, model: Model, report: Report, verdict: Verdict, release: Release,
    store: Store, curve: Curve, advice: "Advice | None" = None,
) -> str:
    """The page as text: one HTML document that loads nothing from anywhere."""
    items, about = read_items(store, report), read_about(store, report)
    found = examples.differing(items, report.arms, results.tuned_arm(report),
                               {metric.name: metric.higher_is_better for metric in report.metrics})
    return _environment().get_template("report.html.j2").render(
        recipe=recipe, dataset=dataset, model=model, report=report, verdict=verdict, release=release,
        sentence=sections.sentence(verdict, release),
        keys=sections.keys(report, verdict, model, curve),
        suites=results.suites(report, _asked(recipe, verdict)),
        marks={arm: mark(results.shape(report, arm)) for arm in report.arms},
        tuned=results.tuned_arm(report), judges=judged.judges(read_judged(store, report)),
        fields=slices.fields(report), summary=slices.summary(report) if report.slices else "",
        rates=detected.rates(report, items, about), diagrams=reliability.diagrams(report, items, about),
        takes=takes.suites(report, about), alone=recipe.evaluate.latency.alone,
        training=sections.training(curve), advice=advice,
        cases=[examples.show(item) for item in examples.choose(found, _SHOWN)], differing=len(found),
        parts=[(part, dataset.counts[part]) for part in PARTS if part in dataset.counts],
        divided=drawn.divided(dataset), became=drawn.became(dataset.counts), counts=drawn.other_counts(dataset.counts),
        licences=drawn.licences(dataset), labels=drawn.labels(store, dataset),
        lengths=sections.lengths(_card(store, dataset)),
        share=sections.trainable(model), percent=sections.percent(model.trainable / max(1, model.parameters)),
        lineage=sections.lineage(recipe, dataset, model, report, verdict, release),
        **_assets())


def _asked(recipe: Recipe, verdict: Verdict) -> set[str]:
    """The metrics a reader will look for: those the recipe's gate names, and those that stand in the way."""
    return {rule.metric for rule in recipe.gate} | {rule.metric for rule in verdict.rules if rule.outcome != "pass"}


def _card(store: Store, dataset: Dataset) -> str:
    files = store.folder(dataset.files)
    return store.get(files["card.md"]).decode() if "card.md" in files else ""


@cache
def _environment() -> Environment:
    # Every value is escaped: answers are written by a model and may hold any markup, and signs that steer or hide.
    environment = Environment(loader=PackageLoader("tunewright.page", "."), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True, finalize=_seen)
    environment.filters.update(figure=axis.figure, places=lambda value: axis.places([value]))
    return environment


def _seen(value: Any) -> Any:
    return visible(value) if type(value) is str else value


@cache
def _assets() -> dict[str, str]:
    """The style and script with their hashes: the page's policy lets nothing else apply or run, escaped or not."""
    room = resources.files("tunewright.page")
    style, script = ((room / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return {"style": Markup(style), "script": Markup(script),  # our own files
            "style_hash": _hash(style), "script_hash": _hash(script)}


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
