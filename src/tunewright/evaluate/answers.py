"""What the arms answer: one engine, each distinct prompt asked once, answers of the base kept for the next recipe."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from tunewright.core.records import Record
from tunewright.core.run import Run
from tunewright.engine.engine import Engine, Request
from tunewright.evaluate.question import Message, Question

BLOCK = 256  # requests handed to the engine between two signs of progress


@dataclass(frozen=True)
class Answer:
    """What an arm said to one question. `loss` is in nats a supervised token, `confidence` the probability that the
    model gives to what it said, all of it; None where they were not asked for. `figures` are what a suite measures that
    has answers of its own kind."""

    text: str | None
    loss: float | None = None
    confidence: float | None = None
    figures: dict[str, float] = field(default_factory=dict)


Answers = dict[str, Answer]  # by Question.key
Prompts = Mapping[str, tuple[Message, ...]]  # by Question.key


class Kept(Record):
    """Answers of arms that do not depend on the tuned model, kept for the next recipe on the same data."""

    record: Literal["answers"] = "answers"
    answers: str


def kept(run: Run, inputs: object, version: int, make: Callable[[], dict[str, Answers]]) -> dict[str, Answers]:
    """Answers by arm and key, from the cache if these inputs were answered before."""

    def work() -> Kept:
        made = {arm: {key: asdict(answer) for key, answer in answers.items()} for arm, answers in make().items()}
        return Kept(answers=run.home.store.put(json.dumps(made).encode()))

    # Answers that a withdrawal erased are asked for again: what was asked may be another person's too.
    record = run.cached("answers", version, inputs, Kept, work, lambda record: run.home.store.has(record.answers))
    stored: dict[str, dict[str, dict[str, object]]] = json.loads(run.home.store.get(record.answers))
    return {arm: {key: Answer(**row) for key, row in answers.items()}  # type: ignore[arg-type]
            for arm, answers in stored.items()}


def ask(engine: Engine, questions: Sequence[Question], prompts: Prompts, model: str | None,
        progress: Callable[[int, int], None]) -> dict[str, str]:
    """Greedy answers by key. A prompt that comes again is not asked again."""
    distinct: dict[str, Request] = {}
    keys: dict[str, str] = {}
    for question in questions:
        messages = prompts.get(question.key, question.messages)
        key = json.dumps([messages, question.tools, question.new_tokens], sort_keys=True)
        keys[question.key] = key
        distinct[key] = Request(messages=messages, model=model, new_tokens=question.new_tokens, tools=question.tools)
    order = sorted(distinct, key=lambda key: (distinct[key].new_tokens, len(key)), reverse=True)
    said: dict[str, str] = {}
    for start in range(0, len(order), BLOCK):
        block = order[start:start + BLOCK]
        done = engine.generate([distinct[key] for key in block])
        said.update({key: completion.text for key, completion in zip(block, done, strict=True)})
        progress(len(said), len(order))
    return {name: said[key] for name, key in keys.items()}
