"""Answers in OpenAI's shapes: one JSON object, or server-sent events. A client that goes away stops its answer."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tunewright.engine import Piece
from tunewright.serve.answer import Answer
from tunewright.serve.problems import Problem

T = TypeVar("T")
GONE = 499


class Gone(Exception):
    """The client went away."""


async def reply(answer: Answer, request: HttpRequest) -> Response:
    """The whole answer, or the beginning of a stream. What is refused is refused before any byte is sent."""
    pieces = answer.pieces()
    try:
        if not answer.asked.stream:
            text = await while_connected(request.receive, _text(pieces))
            return JSONResponse(_whole(answer, text), headers=answer.headers)
        first = await while_connected(request.receive, anext(pieces))
    except Gone:
        await pieces.aclose()
        return Response(status_code=GONE)
    return EventStream(_events(answer, first, pieces), answer.headers)


class EventStream(Response):
    """Server-sent events, sent as they come."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[str, None], headers: dict[str, str]) -> None:
        self.events = events
        super().__init__(headers={**headers, "cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send until the end, or until nobody listens."""
        try:
            await while_connected(receive, self._send(send))
        except (Gone, OSError):
            return

    async def _send(self, send: Send) -> None:
        async with aclosing(self.events) as events:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for event in events:
                await send({"type": "http.response.body", "body": f"data: {event}\n\n".encode(), "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def while_connected(receive: Receive, work: Awaitable[T]) -> T:
    """What `work` returns. If the client goes away first, `work` is cancelled and Gone is raised."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnect(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Gone
        return task.result()
    finally:
        task.cancel()
        gone.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _text(pieces: AsyncGenerator[Piece, None]) -> str:
    return "".join([piece.text async for piece in pieces])


def _whole(answer: Answer, text: str) -> dict[str, Any]:
    content = {"message": {"role": "assistant", "content": text}} if answer.chat else {"text": text}
    choice = {"index": 0, **content, "logprobs": None, "finish_reason": answer.last.finish}
    return {**_head(answer, "chat.completion"), "choices": [choice], "usage": _usage(answer)}


async def _events(answer: Answer, first: Piece, rest: AsyncGenerator[Piece, None]) -> AsyncGenerator[str, None]:
    """The data of each event, `[DONE]` last. A fault in the middle is the last event, and `[DONE]` does not come."""
    async with aclosing(rest):
        if answer.chat:
            yield _chunk(answer, {"delta": {"role": "assistant", "content": ""}}, None)
        try:
            yield _part(answer, first)
            async for piece in rest:
                yield _part(answer, piece)
        except Problem as problem:
            yield json.dumps(problem.body, ensure_ascii=False)
            return
        options = answer.asked.stream_options
        if options and options.include_usage:
            yield json.dumps({**_head(answer, "chat.completion.chunk"), "choices": [], "usage": _usage(answer)})
        yield "[DONE]"


def _part(answer: Answer, piece: Piece) -> str:
    """One event for a piece: its text and, on the last, why the answer ended."""
    if answer.chat:
        return _chunk(answer, {"delta": {"content": piece.text} if piece.text else {}}, piece.finish)
    return _chunk(answer, {"text": piece.text}, piece.finish)


def _chunk(answer: Answer, content: dict[str, Any], finish: str | None) -> str:
    choice = {"index": 0, **content, "logprobs": None, "finish_reason": finish}
    return json.dumps({**_head(answer, "chat.completion.chunk"), "choices": [choice]}, ensure_ascii=False)


def _head(answer: Answer, kind: str) -> dict[str, Any]:
    return {"id": answer.id, "object": kind if answer.chat else "text_completion", "created": int(answer.created),
            "model": answer.route.reference, "system_fingerprint": answer.route.fingerprint}


def _usage(answer: Answer) -> dict[str, int]:
    last = answer.last
    return {"prompt_tokens": last.tokens_in, "completion_tokens": last.tokens_out,
            "total_tokens": last.tokens_in + last.tokens_out}
