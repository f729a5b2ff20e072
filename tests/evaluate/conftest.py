"""A home, a run, datasets of known examples, and a bench whose arms answer as told, without a model."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tunewright.core.examples import Example, make_example, write_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model
from tunewright.core.run import Run, start
from tunewright.engine import FakeEngine
from tunewright.engine.chat import Rendered
from tunewright.engine.engine import Completion, Likelihood, Request
from tunewright.evaluate.suite import Ground
from tunewright.recipe import EvaluateSpec

Answering = Callable[[str, str | None], str]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    path = tmp_path / "home"
    path.mkdir()
    return Home(path)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def run(home: Home, said: list[str]) -> Run:
    return start(home, "tester", lambda stage, text: said.append(text))


@pytest.fixture
def dataset(home: Home, tmp_path: Path) -> Callable[..., Dataset]:
    """A dataset of the given parts."""

    def build(train: Iterable[Example], test: Iterable[Example]) -> Dataset:
        folder = tmp_path / f"dataset-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        parts = {"train": list(train), "validation": [], "test": list(test)}
        for part, examples in parts.items():
            write_examples(folder / f"{part}.parquet", examples)
        counts = {part: len(examples) for part, examples in parts.items()}
        return Dataset(name="x", spec="s", origins=(), files=home.store.put_folder(folder), counts=counts)

    return build


@pytest.fixture
def asked_example() -> Callable[..., Example]:
    """An example of one exchange."""

    def build(user: str, answer: str, *, system: str = "", group: str | None = None) -> Example:
        head = ({"role": "system", "content": system},) if system else ()
        turns = (*head, {"role": "user", "content": user}, {"role": "assistant", "content": answer})
        return make_example(messages=turns, group=group)

    return build


@pytest.fixture
def model(home: Home, tmp_path: Path) -> Callable[..., Model]:
    """A model whose files are one small file of the given content."""

    def build(content: str = "weights") -> Model:
        folder = tmp_path / f"model-{content}"
        folder.mkdir()
        (folder / "adapter_model.safetensors").write_text(content)
        return Model(name="x", spec="s", base="b", base_name="tiny", dataset="d", method="lora", adapter=True,
                     files=home.store.put_folder(folder), trainable=1, parameters=1, metrics={})

    return build


@pytest.fixture
def ground(home: Home, dataset: Callable[..., Dataset], tmp_path: Path) -> Callable[..., Ground]:
    """What suites are made from: the given parts, and `spec` from keywords."""

    def build(held_out: Sequence[Example] = (), training: Sequence[Example] = (), schema: dict[str, Any] | None = None,
              **spec: Any) -> Ground:
        return Ground(spec=EvaluateSpec(**spec), folder=tmp_path, store=home.store, dataset=dataset(training, held_out),
                      held_out=held_out, training=training, schema=schema)

    return build


class Scripted(FakeEngine):
    """Answers what `answer(last user turn, model)` says; remembers every request."""

    def __init__(self, answer: Answering) -> None:
        super().__init__()
        self.answer = answer
        self.requests: list[Request] = []

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        self.requests += requests
        return [Completion(self.answer((request.messages or ({},))[-1]["content"], request.model), 1, 1, "stop", 0.0)
                for request in requests]

    def likelihoods(self, rows: Sequence[Rendered], model: str | None = None) -> list[Likelihood]:
        return [Likelihood((0.5 if model else 1.0) + len(row.ids) / 1000, 1, False) for row in rows]


class Words:
    """A chat whose tokens are words. Its template shows tools if it is told to."""

    def __init__(self, tools: bool = False) -> None:
        self._tools = tools

    def render(self, messages: Sequence[dict[str, Any]], tools: object = None) -> str:
        shown = [str(tools)] if self._tools else []
        return " ".join([*shown, *(message["content"] for message in messages)])

    def prompt_ids(self, messages: Sequence[dict[str, Any]], tools: object = None) -> list[int]:
        return list(range(sum(len(message["content"].split()) for message in messages)))

    def role_tokens(self, messages: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        return tuple(word for message in messages for word in message["content"].split() if word.startswith("<|"))

    def example_ids(self, messages: Sequence[dict[str, Any]], tools: object = None, turns: str = "all") -> Rendered:
        before, whole = len(self.prompt_ids(messages[:-1])), len(self.prompt_ids(messages))
        return Rendered(list(range(whole)), [at >= before for at in range(whole)])

    def text_ids(self, text: str) -> Rendered:
        return Rendered(list(range(len(text.split()))), [True] * len(text.split()))


class ScriptedBench:
    """A bench on a scripted engine."""

    def __init__(self, answer: Answering, context: int = 1000, tools: bool = False) -> None:
        self.engine = Scripted(answer)
        self.chat = Words(tools)
        self.context = context
        self.closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def bench() -> Callable[..., ScriptedBench]:
    return ScriptedBench
