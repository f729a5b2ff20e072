"""The arms: the base, the base with examples in its prompt, and the tuned model, on one engine loaded once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp
from pathlib import Path

from tunewright.core.records import Model
from tunewright.core.run import Run
from tunewright.engine.chat import Rendered
from tunewright.evaluate.answers import Answer, Answers, ask
from tunewright.evaluate.bench import Bench
from tunewright.evaluate.question import Message, Question
from tunewright.evaluate.suite import Ground, Work
from tunewright.evaluate.suites import KINDS
from tunewright.evaluate.task import prompted


@dataclass
class Desk:
    """Puts the same questions, which are by suite, to every arm."""

    bench: Bench
    ground: Ground
    asked: dict[str, list[Question]]
    shots: Sequence[tuple[Message, ...]]
    run: Run

    def of_base(self, arm: str) -> Answers:
        """Answers of `base` or `prompted` to the suites that they answer."""
        return self._answers(arm, self.shown if arm == "prompted" else {}, None)

    def tuned(self, model: Model, folder: Path) -> Answers:
        """Answers of the tuned model, whose files lie in `folder`, to every suite."""
        self.bench.engine.load(model.digest, folder, model.adapter)
        return self._answers("tuned", {}, model.digest)

    @cached_property
    def shown(self) -> dict[str, tuple[Message, ...]]:
        """What the prompted arm is shown, by key: as many shots as leave room for the answer."""

        def fits(messages: Sequence[Message]) -> bool:
            return len(self.bench.chat.prompt_ids(messages)) + self.ground.spec.new_tokens <= self.bench.context

        return {question.key: prompted(question.messages, self.shots, fits)
                for name, questions in self.asked.items() if "prompted" in KINDS[name].arms
                for question in questions if question.expected is not None}

    def close(self) -> None:
        """Let the engine go."""
        self.bench.close()

    def _answers(self, arm: str, prompts: dict[str, tuple[Message, ...]], model: str | None) -> Answers:
        def progress(done: int, whole: int) -> None:
            self.run.progress("evaluate", f"{arm} {done:,}/{whole:,}")

        found: Answers = {}
        written: list[Question] = []
        for name, questions in self.asked.items():
            suite = KINDS[name]
            if arm not in suite.arms:
                continue
            if suite.answers is None:
                written += questions
            else:
                work = Work(arm=arm, model=model, bench=self.bench, progress=progress)
                found |= suite.answers(self.ground, questions, work)
        progress(0, len(written))
        return found | self._written(arm, written, prompts, model, progress)

    def _written(self, arm: str, questions: Sequence[Question], prompts: dict[str, tuple[Message, ...]],
                 model: str | None, progress: Callable[[int, int], None]) -> Answers:
        """Answers that are texts, and their likelihoods where scorers ask for them."""
        spoken = [question for question in questions if question.expected is not None]
        asked = [question for question in spoken if self._can_ask(prompts.get(question.key, question.messages))]
        texts = dict.fromkeys((question.key for question in spoken), "")
        texts |= ask(self.bench.engine, asked, prompts, model, progress)
        if len(asked) < len(spoken):
            left = len(spoken) - len(asked)
            self.run.say("evaluate", f"{arm}: {left:,} prompts are not asked and count as wrong, "
                                     "being longer than the base reads or holding a token that opens a turn")
        wanted = set(self.ground.spec.scorers)
        weighed = [question for question in questions if KINDS[question.suite].weighed]
        losses = self._losses(weighed, prompts, arm, model) if "loss" in wanted else {}
        sure = self._confidences(weighed, prompts, texts, model) if {"brier", "ece"} & wanted else {}
        return {key: Answer(texts.get(key), losses.get(key), sure.get(key)) for key in dict.fromkeys([*texts, *losses])}

    def _can_ask(self, messages: Sequence[Message]) -> bool:
        """Whether the engine takes a prompt: it leaves room for an answer and forges no turn."""
        chat = self.bench.chat
        return not chat.role_tokens(messages) and len(chat.prompt_ids(messages)) < self.bench.context

    def _losses(self, questions: Sequence[Question], prompts: dict[str, tuple[Message, ...]], arm: str,
                model: str | None) -> dict[str, float]:
        """Loss of the expected answer after the arm's prompt, by key; what does not fit the context has none."""
        rows: dict[str, Rendered] = {}
        for question in questions:
            if question.expected is None and arm == "prompted":
                continue
            rendered = self._rendered(question, prompts.get(question.key, question.messages))
            if len(rendered.ids) <= self.bench.context and any(rendered.mask[1:]):
                rows[question.key] = rendered
        found = self.bench.engine.likelihoods(list(rows.values()), model)
        return {key: said.nats / said.tokens for key, said in zip(rows, found, strict=True)}

    def _confidences(self, questions: Sequence[Question], prompts: dict[str, tuple[Message, ...]],
                     texts: dict[str, str], model: str | None) -> dict[str, float]:
        """The probability of each answer to the task, up to its end; what does not fit the context has none."""
        rows: dict[str, Rendered] = {}
        for question in questions:
            said = {"role": "assistant", "content": texts.get(question.key, "")}
            prompt = prompts.get(question.key, question.messages)
            if question.expected is not None and self._can_ask(prompt):
                rendered = self.bench.chat.example_ids((*prompt, said), question.tools, "last")
                if len(rendered.ids) <= self.bench.context and any(rendered.mask[1:]):
                    rows[question.key] = rendered
        found = self.bench.engine.likelihoods(list(rows.values()), model)
        return {key: exp(-said.nats) for key, said in zip(rows, found, strict=True)}

    def _rendered(self, question: Question, prompt: tuple[Message, ...]) -> Rendered:
        if question.target is None:
            return self.bench.chat.text_ids(question.messages[0]["content"])
        return self.bench.chat.example_ids((*prompt, question.target), question.tools, "last")
