"""The work behind a report: questions, answers of every arm, scores, figures."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tunewright.base import Base
from tunewright.core.canaries import real_examples
from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.core.examples import read_examples
from tunewright.core.items import ABOUT, ITEMS, About, Item, dump_items
from tunewright.core.records import Dataset, Model, Report
from tunewright.core.run import Run
from tunewright.evaluate import metrics, task
from tunewright.evaluate.answers import Answer, Answers, kept
from tunewright.evaluate.arms import Desk
from tunewright.evaluate.bench import Bench, open_base
from tunewright.evaluate.question import Question
from tunewright.evaluate.suite import Ground
from tunewright.evaluate.suites import KINDS
from tunewright.recipe import EvaluateSpec

_VERSION = 2  # of the answers of base and prompted


def report(spec: EvaluateSpec, schema: dict[str, Any] | None, base: Base, model: Model, dataset: Dataset, name: str,
           run: Run, bench: Bench | None = None, folder: Path | None = None) -> Report:
    """Ask every arm, score every answer, and keep all of it. See `make`; `bench` is the base opened, unless given."""
    store = run.home.store
    ground = Ground(spec=spec, folder=folder or Path(), store=store, dataset=dataset, schema=schema,
                    held_out=read_examples(store, dataset, "test") if dataset.counts.get("test") else [],
                    training=real_examples(store, dataset))
    asked: dict[str, list[Question]] = {suite: KINDS[suite].questions(ground) for suite in spec.suites}
    _possible(spec, asked.get("task", []))
    shots = task.shots(ground.training, spec.shots, spec.seed)
    desk = Desk(bench or open_base(base, spec.batch), ground, asked, shots, run)
    try:
        answers = dict(_of_base(base, desk, run))
        if "tuned" in spec.arms:
            with _unpacked(model, run) as files:
                answers["tuned"] = desk.tuned(model, files)
    finally:
        desk.close()
    if "task" in asked:
        constant = task.majority(task.answers(ground.training))
        answers["majority"] = {question.key: Answer(constant) for question in asked["task"]
                               if question.expected is not None}
    items = list(_items(ground, asked, answers, desk.shown if "prompted" in answers else {}))
    return _keep(spec, model, dataset, name, items, run)


def _of_base(base: Base, desk: Desk, run: Run) -> dict[str, Answers]:
    """Answers of the arms that do not depend on the tuned model: asked once for every recipe on the same data."""
    spec = desk.ground.spec
    arms = [arm for arm in ("base", "prompted") if arm in spec.arms]
    if not arms:
        return {}
    matters = spec.model_dump(mode="json", include={"suites", "shots", "items", "new_tokens", "seed", *spec.suites})
    inputs = {"base": base.digest, "dataset": desk.ground.dataset.digest, "spec": matters, "arms": arms,
              "loss": "loss" in spec.scorers, "confidence": bool({"brier", "ece"} & set(spec.scorers)),
              "asked": {suite: digest_json([question.key for question in questions])
                        for suite, questions in desk.asked.items()}}
    return kept(run, inputs, _VERSION, lambda: {arm: desk.of_base(arm) for arm in arms})


def _possible(spec: EvaluateSpec, asked: Sequence[Question]) -> None:
    """Raises Fault if a scorer compares answers and no held-out example has one."""
    compares = [scorer for scorer in spec.scorers if scorer != "loss"]
    if asked and compares and all(question.expected is None for question in asked):
        raise Fault(f"scorer {compares[0]} compares answers, and the held-out examples are plain text: "
                    "set `evaluate.scorers: [loss]` in the recipe.")


def _items(ground: Ground, asked: dict[str, list[Question]], answers: dict[str, Answers],
           prompts: dict[str, Any]) -> Iterator[Item]:
    """One item for every arm and question that it answered, scored."""
    for arm, said in answers.items():
        for suite, questions in asked.items():
            answered = [question for question in questions if question.key in said]
            for question, scores in zip(answered, KINDS[suite].scores(ground, answered, answers, arm), strict=True):
                prompt = prompts.get(question.key, question.messages) if arm == "prompted" else question.messages
                yield Item(suite, question.item, arm, prompt, question.expected, said[question.key].text,
                           question.group, scores)


def _keep(spec: EvaluateSpec, model: Model, dataset: Dataset, name: str, items: list[Item], run: Run) -> Report:
    """Figures from the items, the items into the store, and the lines a person reads."""
    how = metrics.measures(spec)
    about = About(tuple(how), spec.resamples, spec.seed, {name: known for name, known in how.items() if known})
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
