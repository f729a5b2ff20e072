"""The work behind a report: questions, answers of every arm, scores, figures."""

import json
from collections.abc import Iterator, Mapping, Sequence
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
from tunewright.evaluate import arms, metrics, slices, task, timing
from tunewright.evaluate.answers import Answer, Answers, Prompts, kept
from tunewright.evaluate.arms.desk import Desk
from tunewright.evaluate.bench import Bench, open_base
from tunewright.evaluate.live import Live
from tunewright.evaluate.question import Question
from tunewright.evaluate.suite import Ground
from tunewright.evaluate.suites import KINDS
from tunewright.recipe import EvaluateSpec
from tunewright.recipe.scorers import LIKELIHOODS

_VERSION = 3  # of the answers kept


def report(spec: EvaluateSpec, schema: dict[str, Any] | None, base: Base, model: Model, dataset: Dataset, name: str,
           run: Run, bench: Bench | None = None, folder: Path | None = None, live: Live | None = None) -> Report:
    """Ask every arm, score every answer, and keep all of it. See `make`; `bench` is the base opened, unless given."""
    desk = at_desk(spec, schema, base, dataset, run, bench, folder)
    desk.model, desk.live = model, live
    items, about = answered(desk, spec.arms)
    return _keep(spec, model, dataset, name, items, about, run)


def at_desk(spec: EvaluateSpec, schema: dict[str, Any] | None, base: Base, dataset: Dataset, run: Run,
            bench: Bench | None = None, folder: Path | None = None) -> Desk:
    """A desk with all questions of the recipe's suites."""
    store = run.home.store
    ground = Ground(spec=spec, folder=folder or Path(), store=store, dataset=dataset, schema=schema,
                    held_out=read_examples(store, dataset, "test") if dataset.counts.get("test") else [],
                    training=real_examples(store, dataset))
    asked: dict[str, list[Question]] = {suite: KINDS[suite].questions(ground) for suite in spec.suites}
    _possible(spec, asked.get("task", []))
    slices.slicer(ground)  # a field that no record has is told before anything is asked
    return Desk(bench or open_base(base, spec.batch), base, ground, asked, run)


def answered(desk: Desk, named: Sequence[str]) -> tuple[list[Item], About]:
    """What the arms say, scored, and how figures come from that. The desk is closed afterwards."""
    spec, said, shown = desk.ground.spec, dict[str, Answers](), dict[str, Prompts]()
    try:
        for arm in (arm for arm in arms.KINDS if arm in named):
            if answers := _said(arm, desk):
                said[arm], shown[arm] = answers, arms.KINDS[arm].prompts(desk)
    finally:
        desk.close()
    if "task" in desk.asked:
        constant = task.majority(task.answers(desk.ground.training))
        said["majority"] = {question.key: Answer(constant) for question in desk.asked["task"]
                            if question.expected is not None}
    how = metrics.measures(spec, desk.ground)
    about = About(tuple(how), spec.resamples, spec.seed, {name: known for name, known in how.items() if known},
                  _earlier(said, desk.run))
    return list(_items(desk.ground, desk.asked, said, shown)), about


def _said(arm: str, desk: Desk) -> Answers:
    """An arm's answers. Those that do not depend on the tuned model are asked once for every recipe on the same data,
    each suite by itself."""
    kind = arms.KINDS[arm]
    identity = kind.identity(desk) if kind.identity else None
    if identity is None:
        return kind.answers(desk)
    found: Answers = {}
    for suite in desk.asked:
        if arm in KINDS[suite].arms:
            found |= kept(desk.run, _inputs(arm, suite, identity, desk), _VERSION,
                          lambda suite=suite: {arm: kind.answers(desk.only(suite))})[arm]  # type: ignore[misc]
    return found


def _inputs(arm: str, suite: str, identity: object, desk: Desk) -> dict[str, object]:
    """What an arm's answers to a suite depend on."""
    spec, kind = desk.ground.spec, KINDS[suite]
    weighs = set(spec.scorers) if kind.weighed else set()
    return {"base": desk.base.digest, "dataset": desk.ground.dataset.digest, "arm": arm, "identity": identity,
            "spec": spec.model_dump(mode="json", include={"new_tokens", "seed", "latency", "temperature", "top_p",
                                                            suite}),
            "loss": bool(set(LIKELIHOODS) & weighs), "confidence": bool({"brier", "ece"} & weighs),
            "asked": digest_json([question.key for question in desk.asked[suite]])}


def _earlier(said: Mapping[str, Answers], run: Run) -> dict[str, str]:
    """The run in which an arm was asked, of arms that were not asked in this one; it is told, as seconds are its."""
    runs = {arm: sorted({one.run for one in answers.values()} - {"", run.number}) for arm, answers in said.items()}
    found = {arm: ", ".join(numbers) for arm, numbers in runs.items() if numbers}
    for numbers in dict.fromkeys(found.values()):
        asked = ", ".join(arm for arm, known in found.items() if known == numbers)
        run.say("evaluate", f"{asked}: answers, and the seconds that they took, are those of run {numbers}")
    return found


def _possible(spec: EvaluateSpec, asked: Sequence[Question]) -> None:
    """Raises Fault if a scorer compares answers and no held-out example has one."""
    compares = [scorer for scorer in spec.scorers if scorer not in LIKELIHOODS]
    if asked and compares and all(question.expected is None for question in asked):
        raise Fault(f"scorer {compares[0]} compares answers, and the held-out examples are plain text: "
                    "set `evaluate.scorers: [loss]` in the recipe.")


def _items(ground: Ground, asked: Mapping[str, list[Question]], answers: Mapping[str, Answers],
           shown: Mapping[str, Prompts]) -> Iterator[Item]:
    """One item for every arm and question that it answered, scored."""
    sliced = slices.slicer(ground)
    for arm, said in answers.items():
        prompts = shown.get(arm, {})
        for suite, questions in asked.items():
            answered = [question for question in questions if question.key in said]
            for question, scores in zip(answered, KINDS[suite].scores(ground, answered, answers, arm), strict=True):
                answer = said[question.key]
                yield Item(suite, question.item, arm, prompts.get(question.key, question.messages), question.expected,
                           answer.text, question.group, scores | timing.scores(answer, ground.spec.prices, arm),
                           slices=sliced(question), sources=answer.sources)


def _keep(spec: EvaluateSpec, model: Model, dataset: Dataset, name: str, items: list[Item], about: About,
          run: Run) -> Report:
    """Figures from the items, the items into the store, and the lines a person reads."""
    present = tuple(arm for arm in ("majority", *arms.KINDS) if any(item.arm == arm for item in items))
    found, gaps = metrics.metrics(items, present, about), metrics.differences(items, present, about)
    folder = run.room("evaluate")
    (folder / ITEMS).write_bytes(dump_items(items))
    (folder / ABOUT).write_text(json.dumps(asdict(about)))
    apart = slices.found(spec, items, about)
    for line in (*metrics.lines(found, gaps), *slices.lines(spec, apart)):
        run.say("evaluate", line)
    return Report(name=name, spec=digest_json(spec.model_dump(mode="json")), dataset=dataset.digest,
                  model=model.digest, arms=present, metrics=tuple(found), differences=tuple(gaps), slices=apart,
                  items=run.home.store.put_folder(folder))
