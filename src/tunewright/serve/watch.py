"""A client that goes away, or an answer that takes too long, stops the work: nobody waits for it any more."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Protocol

from starlette.types import Receive, Scope

CONNECTION = "tunewright.connection"
"""Where our server puts a request's connection into its scope."""


class Connection(Protocol):
    """A connection that tells when it is lost: cheaper than a task that waits for it, for each request."""

    lost: Callable[[], None] | None

    @property
    def whole(self) -> bool:
        """Whether the request is there to its last byte."""


class Gone(Exception):
    """The client went away."""


class Late(Exception):
    """The answer took longer than it may."""


class Watched:
    """Inside this block, the current task ends with Gone or Late when it must. The request's body must be read."""

    def __init__(self, scope: Scope, receive: Receive, seconds: float) -> None:
        self._connection: Connection | None = scope.get(CONNECTION)
        self._receive = receive
        self._seconds = seconds
        self._why: Literal["gone", "late"] | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Watched":
        """Begin to watch."""
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._stop, "late")
        if self._connection is None:  # another server than ours
            self._watcher = asyncio.ensure_future(self._watch())
        else:
            self._connection.lost = self._gone
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        traceback: TracebackType | None) -> None:
        """Stop watching. Raises Gone or Late in place of the cancellation that they were."""
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self._connection is not None:
            self._connection.lost = None
        if self._why and self._task and self._task.uncancel() == 0 and isinstance(error, asyncio.CancelledError):
            raise (Gone if self._why == "gone" else Late) from error

    def _gone(self) -> None:
        self._stop("gone")

    def _stop(self, why: Literal["gone", "late"]) -> None:
        if self._why is None and self._task is not None:
            self._why = why
            self._task.cancel()

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone()
