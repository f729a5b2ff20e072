"""What every engine can do: hold models by digest, and turn requests into text."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from tunewright.core.errors import Fault

Finish = Literal["stop", "length"]


class Refused(Fault):
    """A request that this engine cannot answer: its conversation does not fit the template, its model is not held."""


class TooLong(Refused):
    """A prompt with more tokens than the model reads."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question: a conversation (`messages`, rendered with the chat template) or raw text (`prompt`).

    `model` is the digest of a model the engine holds; None asks the base. `new_tokens` is the longest answer in
    tokens. Temperature 0 is greedy: the likeliest token, always; above 0, `seed` makes the draw repeatable.
    """

    messages: tuple[dict[str, Any], ...] | None = None
    prompt: str | None = None
    model: str | None = None
    new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int | None = None
    tools: tuple[dict[str, Any], ...] | None = None


@dataclass(frozen=True)
class Completion:
    """A whole answer. `stop`: the model ended its turn, or wrote a stop string (which is cut off)."""

    text: str
    tokens_in: int
    tokens_out: int
    finish: Finish
    seconds: float


@dataclass(frozen=True)
class Likelihood:
    """What a model says of tokens it is shown: `nats` = -ln p of all `tokens` that are scored, together, and whether
    it would have written them itself (`greedy`: each was the likeliest). `each` has the nats token by token."""

    nats: float
    tokens: int
    greedy: bool
    each: tuple[float, ...] = ()


@dataclass(frozen=True)
class Piece:
    """A part of an answer, never half a character. Counts are totals so far; only the last piece has `finish`."""

    text: str
    finish: Finish | None
    tokens_in: int
    tokens_out: int


class Engine(Protocol):
    """Models by digest, never by alias: an answer can only come from the model that was asked for."""

    def load(self, model_digest: str, folder: Path, adapter: bool) -> None:
        """Hold the model in `folder` (PEFT layout if `adapter`, else a full one). Nothing to do if it is held."""

    def unload(self, model_digest: str) -> None:
        """Let a model go, after the answers it is giving. Nothing to do if it is not held."""

    def resident(self) -> frozenset[str]:
        """Digests of the models held; the base is always there and not named."""

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """Answers in the order of the requests, worked in batches. Blocks. Raises Refused."""

    def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """The answer as it grows. Closing the iterator early frees its place. Raises Refused before any piece."""

    def close(self) -> None:
        """Stop working; answers in progress end with an error."""
