"""The work behind a report: questions, answers of every arm, scores, figures."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tunewright.base import Base
from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.core.examples import Example, read_examples
from tunewright.core.items import ABOUT, ITEMS, About, Item, dump_items
from tunewright.core.records import Dataset, Model, Report
from tunewright.core.run import Run
from tunewright.evaluate import general, metrics, task
from tunewright.evaluate.answers import Answer, Answers, kept
from tunewright.evaluate.arms import Bench, Desk, open_base
from tunewright.evaluate.question import Question
from tunewright.evaluate.scorers import chosen
from tunewright.recipe import EvaluateSpec
from tunewright.stats.calibration import brier
from tunewright.stats.labels import normalise

_VERSION = 1  # of the answers of base and prompted


def report(spec: EvaluateSpec, schema: dict[str, Any] | None, base: Base, model: Model, dataset: Dataset, name: str,
           run: Run, bench: Bench | None = None) -> Report:
    """Ask every arm, score every answer, and keep all of it. See `make`; `bench` is the base opened, unless given."""
    held_out = read_examples(run.home.store, dataset, "test") if "task" in spec.suites else []
    training = read_examples(run.home.store, dataset, "train")
    asked = {"task": task.questions(held_out, spec), "general": general.questions() if "general" in spec.suites else []}
    _possible(spec, held_out)
    desk = Desk(bench or open_base(base, spec.batch), spec, asked, task.shots(training, spec.shots, spec.seed), run)
    try:
        answers = dict(_of_base(spec, base, dataset, desk, run))
        if "tuned" in spec.arms:
            with _unpacked(model, run) as folder:
                answers["tuned"] = desk.tuned(model, folder)
    finally:
        desk.close()
    if held_out:
        constant = task.majority(task.answers(training))
        answers["majority"] = {question.item: Answer(constant) for question in asked["task"]
                               if question.expected is not None}
    items = list(_items(spec, schema, asked, answers, desk.shown if "prompted" in answers else {}))
    return _keep(spec, model, dataset, name, items, run)


def _of_base(spec: EvaluateSpec, base: Base, dataset: Dataset, desk: Desk, run: Run) -> dict[str, Answers]:
    """Answers of the arms that do not depend on the tuned model: asked once for every recipe on the same data."""
    arms = [arm for arm in ("base", "prompted") if arm in spec.arms]
    if not arms:
        return {}
    matters = spec.model_dump(mode="json", include={"suites", "shots", "items", "new_tokens", "seed"})
    inputs = {"base": base.digest, "dataset": dataset.digest, "spec": matters, "arms": arms,
              "loss": "loss" in spec.scorers, "confidence": bool({"brier", "ece"} & set(spec.scorers)),
              "general": digest_json([q.item for q in desk.asked["general"]])}
    return kept(run, inputs, _VERSION, lambda: {arm: desk.of_base(arm) for arm in arms})


def _possible(spec: EvaluateSpec, held_out: Sequence[Example]) -> None:
    """Raises Fault if a scorer compares answers and no held-out example has one."""
    compares = [scorer for scorer in spec.scorers if scorer != "loss"]
    if held_out and compares and not task.answers(held_out):
        raise Fault(f"scorer {compares[0]} compares answers, and the held-out examples are plain text: "
                    "set `evaluate.scorers: [loss]` in the recipe.")


def _items(spec: EvaluateSpec, schema: dict[str, Any] | None, asked: dict[str, list[Question]],
           answers: dict[str, Answers], prompts: dict[str, Any]) -> Iterator[Item]:
    """One item for every arm and question, scored."""
    scorers = chosen(spec, schema)
    base = answers.get("base", {})
    right = {question.item for question in asked["general"]
             if question.item in base and general.right(question, base[question.item].text or "")}
    for arm, said in answers.items():
        for question in (*asked["task"], *asked["general"]):
            if question.item not in said:
                continue
            answer = said[question.item]
            if question.suite == general.SUITE:
                scores = general.scores(question, answer.text or "", kept=question.item in right)
            else:
                scores = {} if answer.loss is None else {"loss": answer.loss}
                if question.expected is not None and answer.text is not None:
                    scores |= {name: score(answer.text, question.expected) for name, score in scorers.items()}
                    if answer.confidence is not None:
                        same = normalise(answer.text) == normalise(question.expected)
                        scores |= {"confidence": answer.confidence, "brier": brier(answer.confidence, same)}
            prompt = prompts.get(question.item, question.messages) if arm == "prompted" else question.messages
            yield Item(question.suite, question.item, arm, prompt, question.expected, answer.text, question.group,
                       scores)


def _keep(spec: EvaluateSpec, model: Model, dataset: Dataset, name: str, items: list[Item], run: Run) -> Report:
    """Figures from the items, the items into the store, and the lines a person reads."""
    about = About(metrics.metric_names(spec), spec.resamples, spec.seed)
    arms = tuple(arm for arm in ("majority", "base", "prompted", "tuned") if any(item.arm == arm for item in items))
    found, gaps = metrics.metrics(items, arms, about), metrics.differences(items, arms, about)
    folder = run.room("evaluate")
    (folder / ITEMS).write_bytes(dump_items(items))
    (folder / ABOUT).write_text(json.dumps(asdict(about)))
    for line in metrics.lines(found, gaps):
        run.say("evaluate", line)
    return Report(name=name, spec=digest_json(spec.model_dump(mode="json")), dataset=dataset.digest,
                  model=model.digest, arms=arms, metrics=tuple(found), differences=tuple(gaps),
                  items=run.home.store.put_folder(folder))


@contextmanager
def _unpacked(model: Model, run: Run) -> Iterator[Path]:
    """The model's files in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=run.folder) as folder:
        yield run.home.store.get_folder(model.files, Path(folder))
