"""A client that goes away, or an answer that takes too long, stops the work: nobody waits for it any more."""

import asyncio
from types import TracebackType
from typing import Literal

from starlette.types import Receive

_PATIENCE = 0.02
"""Seconds before anybody looks whether the client is still there: most answers of a fast engine are over by then."""


class Gone(Exception):
    """The client went away."""


class Late(Exception):
    """The answer took longer than it may."""


class Watched:
    """Inside this block, the current task ends with Gone or Late when it must. The request's body must be read."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._why: Literal["gone", "late"] | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Watched":
        """Begin to watch, a moment later."""
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(_PATIENCE, self._begin)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        traceback: TracebackType | None) -> None:
        """Stop watching. Raises Gone or Late in place of the cancellation that they were."""
        self._timer.cancel()
        if self._watcher is None:
            return
        self._watcher.cancel()
        if self._why and self._task and self._task.uncancel() == 0 and isinstance(error, asyncio.CancelledError):
            raise (Gone if self._why == "gone" else Late) from error

    def _begin(self) -> None:
        self._watcher = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        try:
            async with asyncio.timeout(self._seconds - _PATIENCE):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
            self._why = "gone"
        except TimeoutError:
            self._why = "late"
        if self._task:
            self._task.cancel()
