"""A connection to an HTTP/1.1 server that stays open: one request at a time, and its answer as it comes.

Parsed by httptools, as what our own clients send is. A body that is no stream of events is handed over whole.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any

from tunewright.core.errors import Fault

LARGEST = 16 << 20
"""Bytes of an answer that is handed over whole."""
_AHEAD = 1 << 20  # bytes of a stream that may wait to be taken; then the server has to


class Broken(OSError):
    """A connection that ended before its answer did, or does not speak HTTP."""


class Connection(asyncio.Protocol):
    """`parser` makes a parser that tells this connection what it reads (`httptools.HttpResponseParser`)."""

    def __init__(self, parser: Any) -> None:
        self._parser = parser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._fault: Exception | None = None
        self._lasting = False
        self.lost = False
        self._begin()

    def _begin(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.silent = True
        self._ended = self._streams = self._paused = False
        self._parts: deque[bytes] = deque()
        self._size = 0

    async def ask(self, request: bytes) -> None:
        """Send a request. Returns when the answer is there, of a stream its headers. Raises Broken; then `silent` tells
        whether no byte of an answer came."""
        self._begin()
        if not self.lost:
            self._wire.write(request)
        while not (self._ended or self._streams):
            await self._more()

    def body(self) -> bytes:
        """What has come of the body and was not taken yet."""
        parts, self._parts, self._size = self._parts, deque(), 0
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes. Raises Broken."""
        while True:
            if self._parts:
                content = self.body()
                if self._paused:
                    self._paused = False
                    self._wire.resume_reading()
                yield content
            elif self._ended:
                return
            else:
                await self._more()

    def close(self) -> None:
        """End it at once; the server may stop working on what was asked."""
        self._wire.abort()

    @property
    def open(self) -> bool:
        """Whether another request may be sent."""
        return self._ended and self._lasting and not self.lost

    async def _more(self) -> None:
        """Wait for more of the answer."""
        if self.lost:
            raise self._fault or Broken("the connection ended")
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _fail(self, fault: Exception) -> None:
        self._fault = fault
        self._wire.abort()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the wire."""
        self._wire: Any = transport

    def data_received(self, data: bytes) -> None:
        """Have it parsed."""
        self.silent = False
        try:
            self._parser.feed_data(data)
        except Exception as error:  # noqa: BLE001 - httptools' own; whatever it is, this connection is of no more use
            self._fail(self._fault or Broken(f"what came is not HTTP ({type(error).__name__})"))

    def connection_lost(self, exc: Exception | None) -> None:
        """An answer that told no length ends so (RFC 9112, 6.3); any other is broken off."""
        self.lost = True
        endless = not {b"content-length", b"transfer-encoding"} & self.headers.keys()
        if self.status and endless and exc is None and self._fault is None:
            self._ended = True
        self._wake()

    # What the parser tells.

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """What answer it is; 1xx only announces one."""
        status: int = self._parser.get_status_code()
        if status < 200:
            self.headers = {}
            return
        self.status = status
        self._streams = status < 300 and self.headers.get(b"content-type", b"").startswith(b"text/event-stream")
        if self._streams:
            self._wake()

    def on_body(self, content: bytes) -> None:
        """A part of the body."""
        self._parts.append(content)
        self._size += len(content)
        if self._streams:
            self._wake()
            if self._size > _AHEAD and not self._paused:
                self._paused = True
                self._wire.pause_reading()
        elif self._size > LARGEST:
            self._fail(Fault(f"the server behind the gateway sends more than {LARGEST >> 20} MiB for one answer: ask "
                             "another one."))

    def on_message_complete(self) -> None:
        """The end of the answer."""
        if self.status and self._fault is None:
            self._ended, self._lasting = True, self._parser.should_keep_alive()
            self._wake()
