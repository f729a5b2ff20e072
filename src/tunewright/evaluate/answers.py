"""What the arms answer: one engine, each distinct prompt asked once, and what every answer took.

Answers of arms that do not depend on the tuned model are kept for the next recipe.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, Protocol

from tunewright.core.records import Record
from tunewright.core.run import Run
from tunewright.engine.engine import Engine, Request
from tunewright.evaluate.question import Message, Question

BLOCK = 256  # requests handed to the engine between two signs of progress

Progress = Callable[[int, int], None]
Prompts = Mapping[str, tuple[Message, ...]]  # by Question.key


@dataclass(frozen=True)
class Said:
    """A text and what it took: `seconds` from the question to its end, `busy` seconds of the machine's time (which
    answers asked together share evenly), tokens read and written. `sources` are passages that were shown, or tools
    that were called with what they gave."""

    text: str
    seconds: float | None = None
    busy: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What an arm said to one question. `loss` is in nats a supervised token, `confidence` the probability that the
    model gives to what it said, all of it; None where they were not asked for. `figures` are what a suite measures that
    has answers of its own kind. The rest is `Said`'s, the number of the `run` in which it was asked, and
    the `original` of the question, by which a withdrawal finds it."""

    text: str | None
    loss: float | None = None
    confidence: float | None = None
    figures: dict[str, float] = field(default_factory=dict)
    seconds: float | None = None
    busy: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    sources: tuple[str, ...] = ()
    run: str = ""
    original: str | None = None


Answers = dict[str, Answer]  # by Question.key


class Speak(Protocol):
    """How an arm comes to its texts, by Question.key."""

    def __call__(self, questions: Sequence[Question], prompts: Prompts, progress: Progress) -> dict[str, Said]:
        """A text for each question; it is put as `prompts` has it, or as it is."""


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
    return {arm: {key: _answer(row) for key, row in answers.items()} for arm, answers in stored.items()}


def ask(engine: Engine, questions: Sequence[Question], prompts: Prompts, model: str | None,
        progress: Progress) -> dict[str, Said]:
    """Answers by key. A prompt that comes again is not asked again, unless it is drawn anew; it took what it took the
    first time."""
    distinct: dict[str, Request] = {}
    keys: dict[str, str] = {}
    for question in questions:
        messages = prompts.get(question.key, question.messages)
        drawn = None if question.draw is None else asdict(question.draw)
        key = json.dumps([messages, question.tools, question.new_tokens, drawn], sort_keys=True)
        keys[question.key] = key
        distinct[key] = request(question, messages, model)
    order = sorted(distinct, key=lambda key: (distinct[key].new_tokens, len(key)), reverse=True)
    said: dict[str, Said] = {}
    for start in range(0, len(order), BLOCK):
        block = order[start:start + BLOCK]
        began = time.perf_counter()
        done = engine.generate([distinct[key] for key in block])
        busy = (time.perf_counter() - began) / len(block)
        said |= {key: Said(one.text, one.seconds, busy, one.tokens_in, one.tokens_out)
                 for key, one in zip(block, done, strict=True)}
        progress(len(said), len(order))
    return {name: said[key] for name, key in keys.items()}


def request(question: Question, messages: tuple[Message, ...], model: str | None = None) -> Request:
    """A question as the engine reads it."""
    drawn = {} if question.draw is None else asdict(question.draw)
    return Request(messages=messages, model=model, new_tokens=question.new_tokens, tools=question.tools, **drawn)


def _answer(row: dict[str, object]) -> Answer:
    return Answer(**{**row, "sources": tuple(row["sources"])})  # type: ignore[arg-type]
