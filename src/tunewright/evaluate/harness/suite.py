"""Suite `harness`: one metric for each task that the recipe names; its items take part in all paired rules."""

from collections.abc import Iterator, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.items import Measure
from tunewright.evaluate.answers import Answer, Answers
from tunewright.evaluate.harness import tasks
from tunewright.evaluate.harness.tasks import PERPLEXITIES, Sample
from tunewright.evaluate.question import Question
from tunewright.evaluate.suite import Ground, Suite, Work
from tunewright.recipe import EvaluateSpec
from tunewright.recipe.suites import HarnessSpec

SUITE = "harness"
_LESS_IS_BETTER = frozenset({*PERPLEXITIES, "brier_score"})


def metrics(spec: EvaluateSpec) -> dict[str, Measure | None]:
    """Each task by the name that the recipe gives it: `mmlu`, or `hellaswag/acc_norm`."""
    return {asked: _measure(asked) for asked in spec.harness.tasks}


def questions(ground: Ground) -> list[Question]:
    """Every item of the tasks."""
    from tunewright.evaluate.harness.model import SilentLM

    return [Question(SUITE, one.item, ({"role": "text", "content": one.prompt},), one.target, 0, task=one.task)
            for one in tasks.run(ground.spec.harness, ground.folder, SilentLM())]


def answers(ground: Ground, asked: Sequence[Question], work: Work) -> Answers:
    """What the harness makes of an arm's answers. Raises Fault for a metric that is no figure from 0 to 1."""
    from tunewright.evaluate.harness.model import EngineLM

    work.progress(0, len(asked))
    known = {question.item: question for question in asked}
    found = tasks.run(ground.spec.harness, ground.folder, EngineLM(work))
    work.progress(len(asked), len(asked))
    return {known[one.item].key: Answer(one.answer, figures=_figures(one, ground.spec.harness))
            for one in found if one.item in known}


def scores(_ground: Ground, asked: Sequence[Question], said: Mapping[str, Answers], arm: str
           ) -> Iterator[dict[str, float]]:
    """The harness's own, under the names of the metrics."""
    for question in asked:
        yield dict(said[arm][question.key].figures)


def _figures(sample: Sample, spec: HarnessSpec) -> dict[str, float]:
    found: dict[str, float] = {}
    for asked in spec.tasks:
        task, _, metric = asked.partition("/")
        if task not in sample.about:
            continue
        name = metric or next(iter(sample.metrics), "")
        if name not in sample.metrics:
            raise Fault(f"evaluate.harness.tasks: task {sample.task} has no metric `{name}`; it has "
                        f"{', '.join(sample.metrics)}.")
        value = sample.metrics[name]
        if name in PERPLEXITIES and metric:
            nats, weight = -float(value[0]), float(value[1])
            found |= {asked: nats / log(2) if name == "bits_per_byte" else nats, f"{asked}:of": weight}
        else:
            found[asked] = _unit(asked, name, value)
    return found


def _unit(asked: str, name: str, value: Any) -> float:
    if isinstance(value, bool | int | float) and 0 <= value <= 1:
        return float(value)
    other = f"`{asked}/{name}`" if name in PERPLEXITIES else "another of its metrics, as `task/metric`"
    raise Fault(f"evaluate.harness.tasks: metric {name} of {asked} is no figure from 0 to 1 for each item: "
                f"name {other}.")


def _measure(asked: str) -> Measure | None:
    metric = asked.partition("/")[2].partition(",")[0]
    if metric not in _LESS_IS_BETTER:
        return None
    if metric == "brier_score":
        return Measure(higher_is_better=False)
    return Measure("ratio" if metric == "bits_per_byte" else "perplexity", asked, False, None, {"per": f"{asked}:of"})


def _reads(spec: EvaluateSpec, folder: Path) -> str | None:
    return tasks.digest(spec.harness, folder)


HARNESS = Suite(metrics=metrics, questions=questions, scores=scores, answers=answers, reads=_reads,
                arms=frozenset({"base", "tuned", "live"}))
