"""The answers to a request, each a stream of pieces, through whatever stands between engine and client."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from tunewright.engine import Engine, Piece, Request
from tunewright.serve.asked import Asked, ChatAsked
from tunewright.serve.calls import called
from tunewright.serve.form import formed, refuse_patterns
from tunewright.serve.policy import Policy
from tunewright.serve.problems import Problem


def choices(engine: Engine, asked: Asked, request: Request, policy: Policy,
            found: dict[str, int]) -> AsyncGenerator[Piece, None]:
    """Pieces of every choice, each with its index. What the policy masks in them is counted in `found`."""
    if asked.n in (None, 1):
        return _choice(engine, asked, request, policy, found)
    return _together([_choice(engine, asked, _drawn(request, number), policy, found) for number in range(asked.n)])


def prepare(engine: Engine, asked: Asked, request: Request, policy: Policy) -> Request:
    """The request with the form that its answer must have, if the engine sees to that. Raises Problem."""
    if policy.scans and "logprobs" in request.more:
        raise Problem(422, "logprobs are not offered where answers are scanned for personal data: they would tell "
                      "what is masked.", param="logprobs", code="unsupported_parameter")
    form = asked.response_format if isinstance(asked, ChatAsked) else None
    if form is None or form.demanded() is None:
        return request
    if "response_format" in engine.offers:
        return replace(request, more={**request.more, "response_format": form.model_dump(exclude_none=True)})
    refuse_patterns(form.demanded())
    return request


def _choice(engine: Engine, asked: Asked, request: Request, policy: Policy,
            found: dict[str, int]) -> AsyncGenerator[Piece, None]:
    stream = engine.stream(request)
    if isinstance(asked, ChatAsked):
        schema = asked.response_format.demanded() if asked.response_format else None
        if schema is not None and "response_format" not in engine.offers:
            stream = formed(engine, request, schema)
        elif request.tools and "tools" not in engine.offers:
            stream = called(stream, frozenset(tool["function"]["name"] for tool in request.tools))
    return policy.answer(stream, found) if policy.scans else stream


def _drawn(request: Request, number: int) -> Request:
    """The request for choice `number`: another draw of the same."""
    return replace(request, seed=request.seed + number) if number and request.seed is not None else request


async def _together(streams: Sequence[AsyncGenerator[Piece, None]]) -> AsyncGenerator[Piece, None]:
    """Pieces of all streams as they come. The first failure ends all."""
    pieces: asyncio.Queue[Piece | Exception] = asyncio.Queue(maxsize=64)

    async def walk(number: int, stream: AsyncGenerator[Piece, None]) -> None:
        try:
            async with aclosing(stream):
                async for piece in stream:
                    await pieces.put(replace(piece, index=number))
        except Exception as error:  # noqa: BLE001 - whoever asked is told, whatever it is
            await pieces.put(error)

    tasks = [asyncio.create_task(walk(number, stream)) for number, stream in enumerate(streams)]
    left = len(tasks)
    try:
        while left:
            piece = await pieces.get()
            if isinstance(piece, Exception):
                raise piece
            left -= piece.finish is not None
            yield piece
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
