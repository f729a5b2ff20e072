"""Suite `robustness`: held-out items with slips and noise in them, and items out of the distribution."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tunewright.core.items import Measure
from tunewright.evaluate import task
from tunewright.evaluate.answers import Answers
from tunewright.evaluate.changes import noise, variants
from tunewright.evaluate.changes.variants import CLEAN
from tunewright.evaluate.exchanges import digest, read
from tunewright.evaluate.question import Question
from tunewright.evaluate.suite import Ground, Suite
from tunewright.recipe import EvaluateSpec

SUITE = "robustness"
OOD = "ood"


def metrics(spec: EvaluateSpec) -> dict[str, Measure | None]:
    """As it is and in each way; what each way costs; the worst of all ways, item by item; out of the distribution."""
    drops = {f"{kind}_drop": Measure("drop", kind, False, 1.0, {"per": "was"}) for kind in ("all", *noise.KINDS)}
    return {**dict.fromkeys((CLEAN, *noise.KINDS, "all", "worst")), **drops,
            **({OOD: None} if spec.robustness.ood else {})}


def questions(ground: Ground) -> list[Question]:
    """Held-out items as they are and in every way, and those of the file."""
    found = variants.changed(ground, SUITE, ground.spec.robustness.items, noise.KINDS)
    if ground.spec.robustness.ood:
        examples = read("evaluate.robustness.ood", ground.folder / ground.spec.robustness.ood)
        spec = ground.spec.model_copy(update={"items": ground.spec.robustness.items, "samples": 1, "temperature": 0.0})
        found += [replace(question, suite=SUITE, task=OOD, target=None)
                  for question in task.questions(replace(ground, spec=spec, held_out=examples))]
    return found


def scores(ground: Ground, asked: Sequence[Question], said: Mapping[str, Answers], arm: str
           ) -> Iterator[dict[str, float]]:
    """What each answer is worth, beside that of its clean item, which also tells the worst of its variants."""
    judged = list(variants.judged(ground, asked, said[arm]))
    was = {question.original: value for question, value, _ in judged if question.task == CLEAN}
    worst: dict[str | None, float] = {}
    for question, value, _ in judged:
        worst[question.original] = min(value, worst.get(question.original, value))
    for question, value, _ in judged:
        if question.task == CLEAN:
            yield {CLEAN: value, "worst": worst[question.original]}
        elif question.task == OOD:
            yield {OOD: value}
        else:
            yield {question.task: value, "all": value, "was": was[question.original]}


def _reads(spec: EvaluateSpec, folder: Path) -> str | None:
    return digest("evaluate.robustness.ood", folder / spec.robustness.ood) if spec.robustness.ood else None


ROBUSTNESS = Suite(metrics=metrics, questions=questions, scores=scores, reads=_reads,
                   told=(CLEAN, *noise.KINDS, "worst", OOD))
