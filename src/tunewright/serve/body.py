"""The body of a request: bounded in bytes and in time."""

import asyncio

from starlette.types import Receive, Scope

from tunewright.recipe.serve import LimitsSpec
from tunewright.serve.gateway import header
from tunewright.serve.problems import Problem
from tunewright.serve.watch import CONNECTION, Gone


async def read(scope: Scope, receive: Receive, limits: LimitsSpec) -> bytes:
    """All of it. Raises Problem (413, 408), and Gone if the client leaves before its end."""
    told = header(scope, b"content-length")
    if told.isdecimal() and int(told) > limits.size:
        raise _large(limits)
    connection = scope.get(CONNECTION)
    try:
        if connection and connection.whole:  # it is all there: no clock is needed
            return await _all(receive, limits)
        async with asyncio.timeout(limits.body):
            return await _all(receive, limits)
    except TimeoutError:
        raise Problem(408, f"the body did not come within {limits.body:.0f} s: send it faster.",
                      code="body_too_slow") from None


async def _all(receive: Receive, limits: LimitsSpec) -> bytes:
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        piece = message.get("body", b"")
        size += len(piece)
        if size > limits.size:
            raise _large(limits)
        pieces.append(piece)
        if not message.get("more_body"):
            return b"".join(pieces)


def _large(limits: LimitsSpec) -> Problem:
    return Problem(413, f"the body is larger than {_size(limits.size)}: send less.", code="body_too_large")


def _size(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size:,} bytes"
