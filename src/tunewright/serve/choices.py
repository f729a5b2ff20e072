"""The answers to a request, each a stream of pieces, through whatever stands between engine and client."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from tunewright.engine import Engine, Piece, Request, whole
from tunewright.serve.asked import Asked, ChatAsked
from tunewright.serve.calls import called, held, strict, told_apart
from tunewright.serve.form import formed, refuse_patterns
from tunewright.serve.policy import Policy
from tunewright.serve.problems import Problem


async def answers(engine: Engine, asked: Asked, request: Request, policy: Policy, found: dict[str, int]) -> list[Piece]:
    """Every choice, whole, by its index. What the policy masks in them is counted in `found`."""
    if asked.n is None or asked.n == 1:
        return [await _whole(engine, asked, request, policy, found)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_whole(engine, asked, _drawn(request, number), policy, found))
                 for number in range(asked.n)]
    return [replace(task.result(), index=number) for number, task in enumerate(tasks)]


def pieces(engine: Engine, asked: Asked, request: Request, policy: Policy,
           found: dict[str, int]) -> AsyncGenerator[Piece, None]:
    """Pieces of every choice as they come, each with its index."""
    if asked.n is None or asked.n == 1:
        return _choice(engine, asked, request, policy, found)
    return _together([_choice(engine, asked, _drawn(request, number), policy, found) for number in range(asked.n)])


def prepare(engine: Engine, asked: Asked, request: Request, policy: Policy) -> Request:
    """The request with what its answer must be, where the engine sees to that. Raises Problem."""
    if policy.scans and "logprobs" in request.more:
        raise Problem(422, "logprobs are not offered where answers are scanned for personal data: they would tell "
                      "what is masked.", param="logprobs", code="unsupported_parameter")
    if request.tools and not _several(asked) and "parallel_tool_calls" in engine.offers:
        request = replace(request, more={**request.more, "parallel_tool_calls": False})
    for parameters in (strict(request) if _tools(engine, request) else {}).values():
        refuse_patterns(parameters, "tools")
    form = asked.response_format if isinstance(asked, ChatAsked) else None
    if form is None or form.demanded() is None:
        return request
    if "response_format" in engine.offers:
        return replace(request, more={**request.more, "response_format": form.model_dump(exclude_none=True)})
    refuse_patterns(form.demanded())
    return request


def _schema(engine: Engine, asked: Asked) -> dict[str, Any] | None:
    """The schema that we must see to, since the engine does not."""
    form = asked.response_format if isinstance(asked, ChatAsked) else None
    return form.demanded() if form and "response_format" not in engine.offers else None


def _tools(engine: Engine, request: Request) -> frozenset[str]:
    """Names of the tools whose calls we must read out of the text, since the engine does not."""
    if not request.tools or "tools" in engine.offers:
        return frozenset()
    return frozenset(tool["function"]["name"] for tool in request.tools)


def _several(asked: Asked) -> bool:
    """Whether an answer may call several tools."""
    return not isinstance(asked, ChatAsked) or asked.parallel_tool_calls is not False


async def _whole(engine: Engine, asked: Asked, request: Request, policy: Policy, found: dict[str, int]) -> Piece:
    schema = _schema(engine, asked)
    piece = await (whole(engine, request) if schema is None else formed(engine, request, schema))
    if names := _tools(engine, request):
        piece = held(told_apart(piece, names, several=_several(asked)), strict(request))
    return policy.whole(piece, found) if policy.scans else piece


async def _choice(engine: Engine, asked: Asked, request: Request, policy: Policy,
                  found: dict[str, int]) -> AsyncGenerator[Piece, None]:
    if _schema(engine, asked) is not None:
        yield await _whole(engine, asked, request, policy, found)
        return
    stream = engine.stream(request)
    if names := _tools(engine, request):
        stream = called(stream, names, strict(request), several=_several(asked))
    async with aclosing(policy.answer(stream, found) if policy.scans else stream) as safe:
        async for piece in safe:
            yield piece


def _drawn(request: Request, number: int) -> Request:
    """The request for choice `number`: another draw of the same."""
    return replace(request, seed=request.seed + number) if number and request.seed is not None else request


async def _together(streams: Sequence[AsyncGenerator[Piece, None]]) -> AsyncGenerator[Piece, None]:
    """Pieces of all streams as they come. The first failure ends all."""
    coming: asyncio.Queue[Piece | Exception] = asyncio.Queue(maxsize=64)

    async def walk(number: int, stream: AsyncGenerator[Piece, None]) -> None:
        try:
            async with aclosing(stream):
                async for piece in stream:
                    await coming.put(replace(piece, index=number))
        except Exception as error:  # noqa: BLE001 - whoever asked is told, whatever it is
            await coming.put(error)

    tasks = [asyncio.create_task(walk(number, stream)) for number, stream in enumerate(streams)]
    left = len(tasks)
    try:
        while left:
            piece = await coming.get()
            if isinstance(piece, Exception):
                raise piece
            left -= piece.finish is not None
            yield piece
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
