"""The arms: the base, the base with examples in its prompt, and the tuned model, on one engine loaded once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp
from pathlib import Path
from typing import Protocol

from tunewright.base import Base, load_tokenizer
from tunewright.core.records import Model
from tunewright.core.run import Run
from tunewright.engine import Engine, Likelihood
from tunewright.engine.chat import Chat, Rendered
from tunewright.evaluate.answers import Answer, Answers, ask
from tunewright.evaluate.question import Message, Question
from tunewright.evaluate.task import prompted
from tunewright.recipe import EvaluateSpec


class Scoring(Engine, Protocol):
    """An engine that also tells how likely a model finds what it is shown."""

    def likelihoods(self, rows: Sequence[Rendered], model: str | None = None) -> list[Likelihood]:
        """What a held model or the base says of each row's supervised tokens."""


class Bench(Protocol):
    """What the arms work on. `engine` and `chat` are opened when first asked for."""

    context: int

    @property
    def engine(self) -> Scoring:
        """The engine, loaded."""

    @property
    def chat(self) -> Chat:
        """The base's chat format."""

    def close(self) -> None:
        """Let the engine go, if it was opened."""


class OpenBase:
    """A base on engine `hf`, on the GPU if there is one. `context` is the most tokens it reads."""

    def __init__(self, base: Base, batch: int) -> None:
        self._base, self._batch = base, batch
        config = json.loads((base.path / "config.json").read_text("utf-8"))
        longest = config.get("text_config", config).get("max_position_embeddings")
        self.context = int(longest or 1 << 30)

    @cached_property
    def chat(self) -> Chat:
        """The base's chat format."""
        return Chat(load_tokenizer(self._base))

    @cached_property
    def engine(self) -> Scoring:
        """The engine, loaded."""
        import torch

        from tunewright.engine.hf import HfEngine

        return HfEngine(self._base, self._batch, "cuda" if torch.cuda.is_available() else "cpu")

    def close(self) -> None:
        """Let the engine go, if it was opened."""
        if "engine" in self.__dict__:
            self.engine.close()


def open_base(base: Base, batch: int) -> Bench:
    """The base, to be loaded on first use."""
    return OpenBase(base, batch)


@dataclass
class Desk:
    """Puts the same questions to every arm."""

    bench: Bench
    spec: EvaluateSpec
    asked: dict[str, list[Question]]
    shots: Sequence[tuple[Message, ...]]
    run: Run

    def of_base(self, arm: str) -> Answers:
        """Answers of `base` to every suite, or of `prompted` to the task."""
        if arm == "base":
            return self._answers("base", [*self._spoken, *self.asked["general"]], {}, None)
        return self._answers("prompted", self._spoken, self.shown, None)

    def tuned(self, model: Model, folder: Path) -> Answers:
        """Answers of the tuned model, whose files lie in `folder`, to every suite."""
        self.bench.engine.load(model.digest, folder, model.adapter)
        return self._answers("tuned", [*self._spoken, *self.asked["general"]], {}, model.digest)

    @cached_property
    def shown(self) -> dict[str, tuple[Message, ...]]:
        """What the prompted arm is shown, by item: as many shots as leave room for the answer."""

        def fits(messages: Sequence[Message]) -> bool:
            return len(self.bench.chat.prompt_ids(messages)) + self.spec.new_tokens <= self.bench.context

        return {question.item: prompted(question.messages, self.shots, fits) for question in self._spoken}

    def close(self) -> None:
        """Let the engine go."""
        self.bench.close()

    @property
    def _spoken(self) -> list[Question]:
        """The task questions that have an answer to compare with; the others are only scored by their loss."""
        return [question for question in self.asked["task"] if question.expected is not None]

    def _answers(self, arm: str, questions: list[Question], prompts: dict[str, tuple[Message, ...]],
                 model: str | None) -> Answers:
        def progress(done: int, whole: int) -> None:
            self.run.progress("evaluate", f"{arm} {done:,}/{whole:,}")

        progress(0, len(questions))
        asked = [question for question in questions if self._can_ask(prompts.get(question.item, question.messages))]
        texts = dict.fromkeys((question.item for question in questions), "")
        texts |= ask(self.bench.engine, asked, prompts, model, progress)
        if len(asked) < len(questions):
            left = len(questions) - len(asked)
            self.run.say("evaluate", f"{arm}: {left:,} prompts are not asked and count as wrong, "
                                     "being longer than the base reads or holding a token that opens a turn")
        losses = self._losses(prompts, arm, model) if "loss" in self.spec.scorers else {}
        sure = self._confidences(prompts, texts, model) if {"brier", "ece"} & set(self.spec.scorers) else {}
        return {item: Answer(texts.get(item), losses.get(item), sure.get(item))
                for item in dict.fromkeys([*texts, *losses])}

    def _can_ask(self, messages: Sequence[Message]) -> bool:
        """Whether the engine takes a prompt: it leaves room for an answer and forges no turn."""
        chat = self.bench.chat
        return not chat.role_tokens(messages) and len(chat.prompt_ids(messages)) < self.bench.context

    def _losses(self, prompts: dict[str, tuple[Message, ...]], arm: str, model: str | None) -> dict[str, float]:
        """Loss of the expected answer after the arm's prompt, by item; what does not fit the context has none."""
        rows: dict[str, Rendered] = {}
        for question in self._spoken if arm == "prompted" else self.asked["task"]:
            rendered = self._rendered(question, prompts.get(question.item, question.messages))
            if len(rendered.ids) <= self.bench.context and any(rendered.mask[1:]):
                rows[question.item] = rendered
        found = self.bench.engine.likelihoods(list(rows.values()), model)
        return {item: said.nats / said.tokens for item, said in zip(rows, found, strict=True)}

    def _confidences(self, prompts: dict[str, tuple[Message, ...]], texts: dict[str, str],
                     model: str | None) -> dict[str, float]:
        """The probability of each answer to the task, up to its end; what does not fit the context has none."""
        rows: dict[str, Rendered] = {}
        for question in self._spoken:
            said = {"role": "assistant", "content": texts.get(question.item, "")}
            prompt = prompts.get(question.item, question.messages)
            if self._can_ask(prompt):
                rendered = self.bench.chat.example_ids((*prompt, said), question.tools, "last")
                if len(rendered.ids) <= self.bench.context and any(rendered.mask[1:]):
                    rows[question.item] = rendered
        found = self.bench.engine.likelihoods(list(rows.values()), model)
        return {item: exp(-said.nats) for item, said in zip(rows, found, strict=True)}

    def _rendered(self, question: Question, prompt: tuple[Message, ...]) -> Rendered:
        if question.target is None:
            return self.bench.chat.text_ids(question.messages[0]["content"])
        return self.bench.chat.example_ids((*prompt, question.target), question.tools, "last")
