"""The stage: a report in, the same report with what the judges said out; from the cache if nothing changed."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.core.items import Measure, read_items
from tunewright.core.judged import Judged, Told
from tunewright.core.records import Report
from tunewright.core.run import Run
from tunewright.data.drafts import engines
from tunewright.data.drafts.answers import Answerer, Asker
from tunewright.evaluate import metrics
from tunewright.evaluate.suites import KINDS as SUITES
from tunewright.judge import labels, pairwise, rubric
from tunewright.judge.enter import entered
from tunewright.judge.people.read import SUITE
from tunewright.recipe import EvaluateSpec
from tunewright.recipe.engine import EndpointSpec, EngineSpec, LocalSpec
from tunewright.recipe.judge import JudgeSpec

VERSION = 1
STAGE = "judge"
ANSWERS = "answers"
"""Folder of the home for what engines answered; a withdrawal clears it item by item."""

KINDS: dict[str, Any] = {"pairwise": pairwise, "rubric": rubric}
"""Judges by kind: each has `names(spec)`, its metrics, and `judge(spec, items, asker, tell)`."""


def names(specs: Sequence[JudgeSpec]) -> dict[str, Measure]:
    """Every metric that these judges make. Raises Fault if two make the same one."""
    found: dict[str, Measure] = {}
    for spec in specs:
        if any(name.startswith(f"{spec.name}/") for name in found):
            raise Fault(f"two judges are named {spec.name}: give each a `name` of its own in `evaluate.judges`.")
        found |= {f"{spec.name}/{name}": how for name, how in KINDS[spec.kind].names(spec).items()}
    return found


def check(specs: Sequence[JudgeSpec], evaluated: EvaluateSpec, folder: Path) -> None:
    """Raises Fault for judges that could not judge what `evaluated` measures, before an hour of training finds out."""
    names(specs)
    for spec in specs:
        if spec.name == SUITE or spec.name in SUITES:
            raise Fault(f"a judge cannot be named {spec.name}, as a suite is: give it another `name`.")
        if missing := next((suite for suite in spec.suites if suite not in evaluated.suites), None):
            raise Fault(f"judge {spec.name} judges suite {missing}, which is not asked: add it to `evaluate.suites`.")
        if spec.kind == "pairwise" and spec.against not in (*evaluated.arms, "majority"):
            raise Fault(f"judge {spec.name} compares with {spec.against}, which is not measured: add it to "
                        "`evaluate.arms`.")
        if spec.labels:
            labels.read(folder / spec.labels)


def make(specs: Sequence[JudgeSpec], report: Report, folder: Path, run: Run) -> Report:
    """The report with the judgements of every judge, one after the other; the report itself if there is none.

    `folder` is where the recipe's relative paths start. Raises Fault if there is nothing to judge, or an engine fails.
    """
    for spec in specs:
        report = _judged(spec, report, folder, run)
    return report


def _judged(spec: JudgeSpec, report: Report, folder: Path, run: Run) -> Report:
    told = folder / spec.labels if spec.labels else None
    inputs = {"spec": spec.model_dump(mode="json"), "engine": engines.identity(spec.engine, folder),
              "report": report.digest, "labels": labels.digest_of(told) if told else None}
    return run.cached(STAGE, VERSION, inputs, Report, lambda: _work(spec, report, folder, told, run))


def _work(spec: JudgeSpec, report: Report, folder: Path, told: Path | None, run: Run) -> Report:
    kind, store = KINDS[spec.kind], run.home.store
    items = read_items(store, report)
    if spec.kind == "pairwise" and spec.against not in report.arms:
        raise Fault(f"judge {spec.name} compares with {spec.against}, which the report does not have: it has "
                    f"{', '.join(report.arms)}.")
    with closing(asker(spec.engine, folder, run)) as asked:
        found, about, single = kind.judge(spec, items, asked, _teller(spec.name, run))
    if not found:
        raise Fault(f"judge {spec.name} finds no answers to judge: the tuned arm answered no text in suite "
                    f"{' or '.join(spec.suites)}.")
    if told:
        people = labels.read(told)
    else:  # people compare pairs: what they say of a criterion is no rating
        people = labels.of_items([item for item in items if item.suite == SUITE]) if spec.kind == "pairwise" else {}
    criteria = [name for name in kind.names(spec) if name not in ("flip", "invalid")]
    level = "nominal" if spec.kind == "pairwise" else "interval"
    about = replace(about, who=engines.title(spec.engine), measure="kappa" if people else "",
                    agreement=tuple(labels.agreement(found, people, criteria, level=level)),
                    provenance={**about.provenance, "engine": engines.identity(spec.engine, folder),
                                "prompt_digest": digest_json(about.provenance["prompt"]), "report": report.digest,
                                "spec": spec.model_dump(mode="json", exclude={"engine"})})
    made = entered(store, report, spec.name, kind.names(spec), found, about, single)
    tell(made, about, run)
    return made


def asker(spec: EngineSpec, folder: Path, run: Run, *, keep: bool = True) -> Asker:
    """What asks a judge's engine, and never the same thing twice, as long as what it answers is kept."""
    def open() -> Answerer:
        run.say(STAGE, f"asking {engines.title(spec)}")  # said before anything leaves this machine
        return engines.opened(spec, folder, run.home)

    where, who = run.home.path / ANSWERS if keep else None, engines.identity(spec, folder)
    if isinstance(spec, EndpointSpec):
        return Asker(where, who, open, together=1, calls=spec.concurrency)
    return Asker(where, who, open, spec.model if isinstance(spec, LocalSpec) else None)


def tell(report: Report, about: Judged, run: Run) -> None:
    """Say the figures of a judge, and what speaks against trusting it."""
    for line in lines(report, about):
        run.say(STAGE, line)


def lines(report: Report, about: Judged) -> list[str]:
    """A line for each metric of the tuned arm, one for what the judge is worth, one for agreement."""
    figures = [one for one in report.metrics if one.arm == "tuned" and one.name.split("/", 1)[0] == about.name]
    wide = max((len(one.name) for one in figures), default=0)
    found = [f"{one.name:<{wide}}  {metrics.decimal(one.value)} (95 % {metrics.decimal(one.low)} to "
             f"{metrics.decimal(one.high)})" + (f" against {about.against}" if one.name.endswith("/win") else "")
             for one in figures if not one.name.endswith("/invalid")]
    words = [f"{about.items:,} judged by {about.who}", *([f"{about.same:,} say the same"] if about.same else []),
             *([f"{about.invalid:,} without a judgement"] if about.invalid else []),
             *([f"{about.orders:,} give the judge orders"] if about.orders else [])]
    found.append(" · ".join(words))
    found += [f"{label}: {', '.join(_told(one) for one in figures)}" for label, figures in (
        ("trust", about.trust), (f"agreement ({about.measure})", about.agreement)) if figures]
    return found


def _told(one: Told) -> str:
    return f"{one.of} {metrics.decimal(one.value)} ({metrics.decimal(one.low)} to {metrics.decimal(one.high)})"


def _teller(name: str, run: Run) -> Callable[[int, int], None]:
    return lambda done, whole: run.progress(STAGE, f"{name} {done:,}/{whole:,}")

