"""Shadows: what users asked the live release is asked another one too. Nobody waits for it, and nobody gets its answer.

Each leaves an audit record of its own, which names the answer that the user got and says whether both were the same.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from tunewright.serve.answer import Answer
from tunewright.serve.gateway import new_number
from tunewright.serve.keys import ANYBODY
from tunewright.serve.problems import Problem
from tunewright.serve.route import Route

MOST = 8
"""Shadows under way at once; what comes then is not shown to any."""


class Shadows:
    """The shadows of one gateway."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def show(self, answer: Answer, routes: Iterable[Route]) -> None:
        """Ask each route what `answer` was asked."""
        for route in routes:
            if len(self._under_way) < MOST:
                task = asyncio.create_task(_ask(answer, route))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def stop(self) -> None:
        """End those under way."""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)


async def _ask(answer: Answer, route: Route) -> None:
    """One shadow's answer; that it came to nothing is on record, and no matter to anybody."""
    asked = answer.asked.model_copy(update={"stream": False})
    shadow = Answer(answer.gateway, ANYBODY, asked, route, replace(answer.request, model=route.model),
                    answer.request_id, new_number(), answer.prompt_digest, ({}, {}), shadow_of=answer)
    with route:
        try:
            await shadow.whole()
        except Problem:
            return
