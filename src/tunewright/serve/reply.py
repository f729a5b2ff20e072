"""Answers in OpenAI's shapes: one JSON object, or server-sent events."""

import asyncio
from collections.abc import Awaitable
from contextlib import aclosing
from typing import Any, TypeVar

from pydantic_core import to_json
from starlette.types import Send

from tunewright.engine import Piece
from tunewright.serve.answer import Answer
from tunewright.serve.policy import joined
from tunewright.serve.problems import Problem

Headers = list[tuple[bytes, bytes]]
T = TypeVar("T")


class Ended(Exception):
    """An answer that came to nothing before any byte of it was sent, with what its release is to be told by."""

    def __init__(self, problem: Problem, told: Headers) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.headers = told


async def whole(answer: Answer, send: Send) -> bool:
    """Send the whole answer; True, as it ended well. Raises Ended."""
    pieces = await _begun(answer, answer.whole())
    body = to_json({**_head(answer, "chat.completion"), "choices": [
        _choice(answer, piece) for piece in pieces], "usage": _usage(answer)})
    await send({"type": "http.response.start", "status": 200, "headers": [
        (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers(answer)]})
    await send({"type": "http.response.body", "body": body})
    return True


async def stream(answer: Answer, send: Send) -> bool:
    """Send events as the answer grows, `[DONE]` last; whether it ended well. Raises Ended.

    A fault in the middle is the last event, and `[DONE]` does not come.
    """
    events = Events(answer)
    async with aclosing(answer.pieces()) as pieces:
        piece = await _begun(answer, anext(pieces))
        await send({"type": "http.response.start", "status": 200, "headers": [
            (b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"),
            *headers(answer)]})
        content = events.opening() + events.part(piece)
        try:
            while not events.ended:
                await send(_body(content))
                content = events.part(await anext(pieces))
        except Problem as problem:
            await send(_body(b"data: " + to_json(problem.body) + b"\n\n", more=False))
            return problem.status < 500
        await send(_body(content + events.closing(), more=False))
    return True


async def _begun(answer: Answer, begins: Awaitable[T]) -> T:
    """What it begins with. What comes to nothing before its first byte, or does not begin in time, is Ended."""
    first = answer.route.spec.limits.first
    try:
        if first is None:
            return await begins
        async with asyncio.timeout(first):
            return await begins
    except Problem as problem:
        raise Ended(problem, headers(answer)) from problem
    except TimeoutError as error:
        late = Problem(504, f"no answer had begun after {first:g} s: ask again.", code="answer_too_slow")
        raise Ended(late, headers(answer)) from error


def headers(answer: Answer) -> Headers:
    """What tells a client which version answered."""
    route = answer.route
    return [(b"x-request-id", answer.request_id.encode()), (b"x-tunewright-release", route.reference.encode()),
            (b"x-tunewright-model", route.identity.encode())]


class Events:
    """The events of one stream. All begin alike, which is written once."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._open = answer.asked.n or 1
        self._wants_usage = bool(answer.asked.stream_options and answer.asked.stream_options.include_usage)
        self._begin = b"data: " + to_json(_head(answer, "chat.completion.chunk"))[:-1] + b',"choices":[{"index":'
        self._end = b',"usage":null}\n\n' if self._wants_usage else b"}\n\n"

    @property
    def ended(self) -> bool:
        """Whether every choice has had its last piece."""
        return not self._open

    def opening(self) -> bytes:
        """The first events of the choices of a conversation."""
        return b"".join(self._event(index, b'"delta":{"role":"assistant","content":""}', None, None)
                        for index in range(self._open) if self._answer.chat)

    def part(self, piece: Piece) -> bytes:
        """The event of a piece: its text and, on the last, why the answer ended."""
        self._open -= piece.finish is not None
        more = piece.more or {}
        if not self._answer.chat:
            return self._event(piece.index, b'"text":' + to_json(piece.text), piece.finish, more.get("logprobs"))
        beside = {name: more[name] for name in ("tool_calls", "refusal") if name in more}
        delta = {"content": piece.text, **beside} if piece.text else beside
        return self._event(piece.index, b'"delta":' + to_json(delta), piece.finish, more.get("logprobs"))

    def closing(self) -> bytes:
        """What ends a stream, with its usage if that was asked for."""
        if not self._wants_usage:
            return b"data: [DONE]\n\n"
        usage = {**_head(self._answer, "chat.completion.chunk"), "choices": [], "usage": _usage(self._answer)}
        return b"data: " + to_json(usage) + b"\n\ndata: [DONE]\n\n"

    def _event(self, index: int, content: bytes, finish: str | None, logprobs: Any) -> bytes:
        told = to_json(logprobs) if logprobs else b"null"
        ends = b'"' + finish.encode() + b'"' if finish else b"null"
        return b"".join((self._begin, str(index).encode(), b",", content, b',"logprobs":', told, b',"finish_reason":',
                         ends, b"}]", self._end))


def _body(content: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": more}


def _choice(answer: Answer, piece: Piece) -> dict[str, Any]:
    """One choice of a whole answer."""
    more = piece.more or {}
    ends = {"index": piece.index, "logprobs": more.get("logprobs"), "finish_reason": piece.finish}
    if not answer.chat:
        return {**ends, "text": piece.text}
    calls = more.get("tool_calls")
    message: dict[str, Any] = {"role": "assistant", "content": piece.text if piece.text or not calls else None,
                               "refusal": more.get("refusal")}
    if calls:
        message["tool_calls"] = [{name: value for name, value in call.items() if name != "index"}
                                 for call in joined(calls)]
    return {**ends, "message": message}


def _head(answer: Answer, kind: str) -> dict[str, Any]:
    return {"id": answer.id, "object": kind if answer.chat else "text_completion", "created": int(answer.created),
            "model": answer.route.reference, "system_fingerprint": answer.route.fingerprint}


def _usage(answer: Answer) -> dict[str, int]:
    read, written = answer.tokens_in, answer.tokens_out
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
