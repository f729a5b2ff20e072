"""What the arms work on: a base opened once, with an engine that writes answers and weighs them."""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from tunewright.base import Base, load_tokenizer
from tunewright.engine import Engine, Likelihood
from tunewright.engine.chat import Chat, Rendered


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
