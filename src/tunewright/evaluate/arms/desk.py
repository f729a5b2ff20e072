"""The desk: puts the same questions to every arm, and writes down what it says and what that took."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from math import exp
from pathlib import Path
from typing import Any, TypeVar

from tunewright.base import Base
from tunewright.core.errors import Fault
from tunewright.core.records import Model
from tunewright.core.run import Run
from tunewright.engine import Likelihood
from tunewright.engine.chat import Rendered
from tunewright.evaluate.answers import Answer, Answers, Progress, Prompts, Said, Speak, ask
from tunewright.evaluate.bench import Bench
from tunewright.evaluate.live import Live
from tunewright.evaluate.question import Message, Question
from tunewright.evaluate.suite import MODELS, Ground, Work
from tunewright.evaluate.suites import KINDS
from tunewright.recipe.scorers import LIKELIHOODS

T = TypeVar("T")
OTHER_BENCH = "the bench of another base"


@dataclass
class Desk:
    """`asked` are the questions by suite. `model` is the tuned one, `live` the release now live; None if there is none.
    """

    bench: Bench
    base: Base
    ground: Ground
    asked: dict[str, list[Question]]
    run: Run
    model: Model | None = None
    live: Live | None = None
    _made: dict[str, Any] = field(default_factory=dict)

    def questions(self, arm: str) -> list[Question]:
        """The questions that are put to an arm and answered by a text."""
        return [question for suite, questions in self.asked.items()
                if arm in KINDS[suite].arms and KINDS[suite].answers is None for question in questions]

    def only(self, suite: str) -> "Desk":
        """This desk, with the questions of one suite."""
        return replace(self, asked={suite: self.asked[suite]})

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What an arm makes for its work, made on first use."""
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made

    def held(self, model: Model, bench: Bench | None = None) -> str:
        """Load a model into the engine; its digest."""
        engine = (bench or self.bench).engine
        if model.digest not in engine.resident():
            with _unpacked(model, self.run) as folder:
                engine.load(model.digest, folder, model.adapter)
        return model.digest

    def close(self) -> None:
        """Let every engine go."""
        for bench in (self.bench, self._made.get(OTHER_BENCH)):
            if bench is not None:
                bench.close()

    def by_model(self, arm: str, prompts: Prompts | None = None, model: str | None = None,
                 bench: Bench | None = None) -> Answers:
        """Answers of one that the bench's engine holds (None: the base), to all suites of the arm."""
        bench, prompts = bench or self.bench, prompts or {}
        found: Answers = {}
        written: list[Question] = []
        for suite, questions in self.asked.items():
            kind = KINDS[suite]
            if arm not in kind.arms:
                continue
            if kind.answers is None:
                # Raw text has no question that an arm could be helped with.
                written += [question for question in questions if arm in MODELS or question.expected is not None]
            else:
                work = Work(arm=arm, model=model, bench=bench, progress=self._progress(arm))
                found |= kind.answers(self.ground, questions, work)
        said = self.written(arm, written, prompts, partial(ask, bench.engine, model=model), bench)
        return found | self._weighed(said, written, prompts, model, bench)

    def written(self, arm: str, questions: Sequence[Question], prompts: Prompts, speak: Speak,
                bench: Bench) -> Answers:
        """Answers that are texts, and how long each took: with `latency.alone` only of some, asked once more by
        themselves."""
        spoken = [question for question in questions if question.expected is not None]
        asked = [question for question in spoken
                 if can_ask(bench, prompts.get(question.key, question.messages), question.tools)]
        said = dict.fromkeys((question.key for question in spoken), Said(""))
        originals = {question.key: question.original for question in spoken}
        said |= speak(asked, prompts=prompts, progress=self._progress(arm))
        if len(asked) < len(spoken):
            left = len(spoken) - len(asked)
            self.run.say("evaluate", f"{arm}: {left:,} prompts are not asked and count as wrong, "
                                     "being longer than the base reads, or of turns that its template does not take")
        found = {key: Answer(one.text, seconds=one.seconds, busy=one.busy, tokens_in=one.tokens_in,
                             tokens_out=one.tokens_out, sources=one.sources, run=self.run.number,
                             original=originals[key]) for key, one in said.items()}
        return self.alone(found, asked, prompts, speak) if self.ground.spec.latency.alone else found

    def alone(self, answers: Answers, asked: Sequence[Question], prompts: Prompts, speak: Speak) -> Answers:
        """The answers with the seconds of some of each suite, asked one at a time, and of no other."""
        seconds: dict[str, float | None] = {}
        for suite in self.asked:
            of_suite = [question for question in asked if question.suite == suite]
            count = min(self.ground.spec.latency.alone, len(of_suite))
            for question in (of_suite[at * len(of_suite) // count] for at in range(count)):
                said = speak([question], prompts=prompts, progress=lambda _done, _whole: None)
                seconds |= {key: one.seconds for key, one in said.items()}
        return {key: replace(answer, seconds=seconds.get(key)) for key, answer in answers.items()}

    def _weighed(self, said: Answers, questions: Sequence[Question], prompts: Prompts, model: str | None,
                 bench: Bench) -> Answers:
        """The answers with their likelihoods, where scorers ask for them."""
        wanted = set(self.ground.spec.scorers)
        weighed = [question for question in questions if KINDS[question.suite].weighed]
        first = [question for question in weighed if question.sample == 0]  # what is expected is as likely each time
        texts = {key: one.text or "" for key, one in said.items()}
        losses = _losses(bench, first, prompts, model) if set(LIKELIHOODS) & wanted else {}
        sure = _confidences(bench, weighed, prompts, texts, model) if {"brier", "ece"} & wanted else {}
        return {key: replace(said.get(key, Answer(None, run=self.run.number)), confidence=sure.get(key),
                             **_told(losses.get(key)))
                for key in dict.fromkeys([*said, *losses])}

    def _progress(self, arm: str) -> Progress:
        def progress(done: int, whole: int) -> None:
            self.run.progress("evaluate", f"{arm} {done:,}/{whole:,}")

        return progress


def can_ask(bench: Bench, messages: Sequence[Message], tools: Any = None) -> bool:
    """Whether the engine takes a prompt: it fits the template, leaves room for an answer and forges no turn."""
    try:
        return not bench.chat.role_tokens(messages) and len(bench.chat.prompt_ids(messages, tools)) < bench.context
    except Fault:  # a template without a turn for tools, say
        return False


def _losses(bench: Bench, questions: Sequence[Question], prompts: Prompts, model: str | None) -> dict[str, Likelihood]:
    """How likely the expected answer is after the arm's prompt, by key; what does not fit the context has none."""
    rows: dict[str, Rendered] = {}
    for question in questions:
        rendered = _rendered(bench, question, prompts.get(question.key, question.messages))
        if len(rendered.ids) <= bench.context and any(rendered.mask[1:]):
            rows[question.key] = rendered
    found = bench.engine.likelihoods(list(rows.values()), model)
    return dict(zip(rows, found, strict=True))


def _told(loss: Likelihood | None) -> dict[str, Any]:
    return {} if loss is None else {"loss": loss.nats / loss.tokens,
                                    "figures": {"nats": loss.nats, "scored": float(loss.tokens)}}


def _confidences(bench: Bench, questions: Sequence[Question], prompts: Prompts, texts: Mapping[str, str],
                 model: str | None) -> dict[str, float]:
    """The probability of each answer to the task, up to its end; what does not fit the context has none."""
    rows: dict[str, Rendered] = {}
    for question in questions:
        said = {"role": "assistant", "content": texts.get(question.key, "")}
        prompt = prompts.get(question.key, question.messages)
        if question.expected is not None and can_ask(bench, prompt):
            rendered = bench.chat.example_ids((*prompt, said), question.tools, "last")
            if len(rendered.ids) <= bench.context and any(rendered.mask[1:]):
                rows[question.key] = rendered
    found = bench.engine.likelihoods(list(rows.values()), model)
    return {key: exp(-said.nats) for key, said in zip(rows, found, strict=True)}


def _rendered(bench: Bench, question: Question, prompt: Sequence[Message]) -> Rendered:
    if question.target is None:
        return bench.chat.text_ids(question.messages[0]["content"])
    return bench.chat.example_ids((*prompt, question.target), question.tools, "last")


@contextmanager
def _unpacked(model: Model, run: Run) -> Iterator[Path]:
    """The model's files in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=run.folder) as folder:
        yield run.home.store.get_folder(model.files, Path(folder))
