"""The engine behind a gateway that is another server: any that speaks OpenAI's API, over a pool of connections."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json

from tunewright.core.errors import Fault
from tunewright.engine.connection import Connection
from tunewright.engine.endpoint import Endpoint, retry_after
from tunewright.engine.engine import Completion, Finish, Piece, Refused, Request, TooLong, Unavailable
from tunewright.engine.openai import OpenAiEngine
from tunewright.engine.wire import Wire

_LARGEST = 16 << 20  # bytes of one event of a stream
_PASSING = frozenset({408, 429, 500, 502, 503, 504, 529})
_ENDS: dict[str, Finish] = {"length": "length", "tool_calls": "tool_calls", "content_filter": "content_filter"}


@dataclass(frozen=True, kw_only=True)
class Names:
    """What models are called there: `{digest}` in `model` is a model's digest; `base` is None where it is not asked."""

    model: str
    base: str | None

    def of(self, model_digest: str | None) -> str:
        """The name to ask for. Raises Refused for a base that is not there."""
        if model_digest is not None:
            return self.model.replace("{digest}", model_digest)
        if self.base is None:
            raise Refused("the bare base is not answered here: ask for a release.")
        return self.base


class Upstream:
    """Passes requests on and answers back. The server holds the models; which, its names say."""

    offers = frozenset({"logprobs", "top_logprobs", "logit_bias", "presence_penalty", "frequency_penalty",
                        "tool_choice", "parallel_tool_calls", "response_format", "suffix", "tools"})

    def __init__(self, url: str, names: Names, key: str | None = None, connections: int = 256) -> None:
        Endpoint(url=url, model=names.model, key=key)  # raises Fault for a URL that is none
        self._url = url.rstrip("/")
        self.names = names
        self._key = key
        self._wire = Wire(self._url, key, connections)
        self._held: frozenset[str] = frozenset()

    def load(self, model_digest: str, folder: Path, adapter: bool) -> None:  # noqa: ARG002 - the protocol's
        """Note that a model is wanted: the server holds it, or the question that follows will tell."""
        self._held |= {model_digest}

    def unload(self, model_digest: str) -> None:
        """Forget it."""
        self._held -= {model_digest}

    def resident(self) -> frozenset[str]:
        """Digests noted."""
        return self._held

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """All answers, in order. Blocks."""
        answers = []
        for request in requests:
            endpoint = Endpoint(url=self._url, model=self.names.of(request.model), key=self._key, retries=1)
            engine = OpenAiEngine(endpoint, 1)
            try:
                answers += engine.generate([Request(prompt=request.prompt, messages=request.messages,
                                                    new_tokens=request.new_tokens)])
            finally:
                engine.close()
        return answers

    async def answer(self, request: Request) -> Piece:
        """The whole answer."""
        path, body = self._body(request)
        try:
            connection = await self._wire.post(path, to_json(body), request.trace)
            try:
                if connection.status >= 300:
                    raise _refusal(connection)
                return _whole(from_json(connection.body()))
            finally:
                self._wire.free(connection)
        except (OSError, ValueError) as error:
            raise _fault(error) from error

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """The answer as it comes."""
        path, body = self._body(request)
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        try:
            connection = await self._wire.post(path, to_json(body), request.trace)
            try:
                if connection.status >= 300:
                    raise _refusal(connection)
                async with aclosing(connection.pieces()) as chunks:
                    async for piece in _pieces(chunks):
                        yield piece
            finally:
                self._wire.free(connection)
        except (OSError, ValueError) as error:
            raise _fault(error) from error

    def close(self) -> None:
        """Give the connections back."""
        self._wire.close()

    def _body(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Where to post, and what."""
        body: dict[str, Any] = {"model": self.names.of(request.model), "max_tokens": request.new_tokens,
                                "temperature": request.temperature}
        path = "completions" if request.messages is None else "chat/completions"
        body |= {"prompt": request.prompt} if request.messages is None else {"messages": request.messages}
        if request.top_p != 1:
            body["top_p"] = request.top_p
        if request.stop:
            body["stop"] = request.stop
        if request.seed is not None:
            body["seed"] = request.seed
        if request.tools:
            body["tools"] = request.tools
        return path, body | dict(request.more)


def _refusal(connection: Connection) -> Fault:
    """What is told of an answer that is none."""
    status, content = connection.status, connection.body()
    said = _said(content)
    if status in _PASSING:
        wait = connection.headers.get(b"retry-after")
        return Unavailable(f"the server behind the gateway cannot answer now ({status}): ask again.",
                           retry_after(wait.decode("latin-1") if wait else None))
    if b"context_length" in content or status == 413:
        return TooLong(f"the prompt is longer than the model reads{said}: shorten it.")
    if status in (401, 403, 404):
        return Fault(f"the server behind the gateway has no such address or model, or refuses our key ({status}): "
                     "whoever runs the gateway must mend `serve.upstream`.")
    return Refused(f"the server behind the gateway refuses the request ({status}{said}): change it.")


def _fault(error: Exception) -> Fault:
    """What is told of a connection that failed, or of what was no JSON."""
    if isinstance(error, ValueError):
        return Fault("the server behind the gateway answers what is not JSON: check `serve.upstream.url`.")
    return Unavailable(f"the server behind the gateway did not answer ({type(error).__name__}): ask again.")


async def _pieces(chunks: AsyncIterator[bytes]) -> AsyncGenerator[Piece, None]:
    """The pieces of a stream of events. The one that ends the answer is held back until its usage has come."""
    last: Piece | None = None
    counts = (0, 0)
    written = 0
    async for event in _events(chunks):
        if usage := event.get("usage"):
            counts = (int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or choice
            text, more, finish = _content(delta, choice)
            written += bool(text or more)
            if finish:
                last = Piece(text, finish, 0, written, more)
            elif text or more:
                yield Piece(text, None, counts[0], written, more)
    if last is None:
        raise Fault("the server behind the gateway stopped in the middle of an answer: ask again.")
    yield Piece(last.text, last.finish, counts[0], counts[1] or written, last.more)


async def _events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[dict[str, Any], None]:
    """The JSON objects of server-sent events, up to `[DONE]`. Raises ValueError for what is no JSON."""
    rest = b""
    async for chunk in chunks:
        rest += chunk
        if len(rest) > _LARGEST:
            raise Fault("the server behind the gateway sends an event without an end: ask another one.")
        if b"\n" not in chunk:
            continue
        lines = rest.split(b"\n")
        rest = lines.pop()
        for data in _data(lines):
            if data == b"[DONE]":
                return
            event = from_json(data)
            if "error" in event:
                raise Unavailable(f"the server behind the gateway broke off{_said(data)}: ask again.")
            yield event


def _data(lines: Sequence[bytes]) -> Iterator[bytes]:
    return (line[5:].strip() for line in lines if line.startswith(b"data:"))


def _whole(answer: Any) -> Piece:
    """The one piece of an answer that came whole."""
    try:
        choice = answer["choices"][0]
        text, more, finish = _content(choice.get("message") or choice, choice)
        usage = answer.get("usage") or {}
        counts = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
    except (TypeError, LookupError, AttributeError) as error:
        raise Fault("the server behind the gateway does not speak OpenAI's API: check `serve.upstream.url`.") from error
    return Piece(text, finish or "stop", *counts, more)


def _content(said: Mapping[str, Any], choice: Mapping[str, Any]) -> tuple[str, dict[str, Any] | None, Finish | None]:
    """Text, whatever belongs to it, and how the answer ended, of a message, a delta or a raw completion."""
    text = said.get("content") if said is not choice else choice.get("text")
    more = {name: said[name] for name in ("tool_calls", "refusal") if said.get(name)}
    if choice.get("logprobs"):
        more["logprobs"] = choice["logprobs"]
    reason = choice.get("finish_reason")
    return text if isinstance(text, str) else "", more or None, _ENDS.get(reason, "stop") if reason else None


def _said(content: bytes) -> str:
    """The server's own words, cut and printable."""
    try:
        error = from_json(content)["error"]
        text = str(error["message"] if isinstance(error, dict) else error)
    except (ValueError, LookupError, TypeError):
        return ""
    shown = "".join(character for character in text if character.isprintable())[:200].rstrip(". ")
    return f": {shown}" if shown else ""
