"""What every engine can do: hold models by digest, and turn requests into text."""

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from tunewright.core.errors import Fault

Finish = Literal["stop", "length", "tool_calls", "content_filter"]


class Refused(Fault):
    """A request that this engine cannot answer: its conversation does not fit the template, its model is not held."""


class Unsupported(Refused):
    """A field of OpenAI's API, in `field`, with a value that this engine cannot honour."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


class TooLong(Refused):
    """A prompt with more tokens than the model reads."""


class Unavailable(Fault):
    """An engine that cannot answer now and may later: after `retry_after` seconds, if it says so."""

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question: a conversation (`messages`, rendered with the chat template) or raw text (`prompt`).

    `model` is the digest of a model the engine holds; None asks the base. `new_tokens` is the longest answer in
    tokens. Temperature 0 is greedy: the likeliest token, always; above 0, `seed` makes the draw repeatable. `more` are
    further fields of OpenAI's API, as they were asked: only what the engine `offers`. `trace` is the `traceparent` (W3C
    Trace Context) that a server behind is told.
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
    trace: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


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
    """A part of an answer, never half a character. Counts are totals so far; only the last piece has `finish`.

    `more` is what belongs to it beside text, in the shapes of OpenAI's stream: `tool_calls`, `logprobs`, `refusal`.
    `index` tells the answers to one request apart.
    """

    text: str
    finish: Finish | None
    tokens_in: int
    tokens_out: int
    more: Mapping[str, Any] | None = None
    index: int = 0


async def whole(engine: "Engine", request: Request) -> Piece:
    """The whole answer in one piece: by the engine's own coroutine `answer`, if it has one, else from its stream."""
    answer = getattr(engine, "answer", None)
    if answer is not None:
        piece: Piece = await answer(request)
        return piece
    async with aclosing(engine.stream(request)) as stream:
        pieces = [piece async for piece in stream]
    if not pieces or not pieces[-1].finish:
        raise Fault("the engine stopped in the middle of an answer: ask again.")
    more: dict[str, Any] = {}
    for piece in pieces:
        for name, value in (piece.more or {}).items():
            more[name] = _joined(more[name], value) if name in more else value
    return replace(pieces[-1], text="".join(piece.text for piece in pieces), more=more or None)


def _joined(before: Any, value: Any) -> Any:
    """What two pieces tell of one thing: lists and texts one behind the other, logprobs list by list."""
    if isinstance(before, Mapping):
        return {key: [*(before.get(key) or ()), *(part or ())] for key, part in value.items()}
    return before + value


class Engine(Protocol):
    """Models by digest, never by alias: an answer can only come from the model that was asked for."""

    @property
    def offers(self) -> frozenset[str]:
        """Fields of OpenAI's API that it understands in a request's `more`; and `tools`, if it reads the calls of tools
        out of its answers itself."""

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

    def close(self) -> Awaitable[None] | None:
        """Stop working; answers in progress end with an error. What it gives back is awaited, if anything."""
