"""Questions to one HTTP server, over connections that stay open: no more than a gateway needs of a client.

A general client takes half of the gateway's own work on a request (docs/decisions/0008). No cookies, proxies, redirects
or compression, and no time limit but for connecting: the gateway has its own.
"""

import asyncio
import ssl
from urllib.parse import urlsplit

from tunewright.engine.connection import Broken, Connection

CONNECT = 5.0  # seconds


class Wire:
    """At most `most` connections to the server at `url`, which gets `key` with every request."""

    def __init__(self, url: str, key: str | None, most: int) -> None:
        there = urlsplit(url)
        self._secure = ssl.create_default_context() if there.scheme == "https" else None
        self._host = there.hostname or ""
        self._port = there.port or (443 if self._secure else 80)
        self._path = there.path.rstrip("/")
        self._headers = (f"HTTP/1.1\r\nhost: {there.netloc}\r\ncontent-type: application/json\r\n"
                         + (f"authorization: Bearer {key}\r\n" if key else "")).encode()
        self._places = asyncio.Semaphore(most)
        self._idle: list[Connection] = []
        self._closed = False

    async def post(self, path: str, body: bytes, trace: str = "") -> Connection:
        """The connection whose answer has begun: `free` it. Raises Broken, or another OSError if nobody answers there.

        A connection that lay idle may end in the moment that a request is sent: if no byte of an answer came, it is
        sent again, once, over a new one. An answer that was made twice does no harm.
        """
        told = f"traceparent: {trace}\r\n".encode() if trace else b""
        request = b"POST %s/%s %scontent-length: %d\r\n%s\r\n%s" % (
            self._path.encode(), path.encode(), self._headers, len(body), told, body)
        await self._places.acquire()
        connection = self._waiting()
        try:
            if connection is not None:
                try:
                    await connection.ask(request)
                    return connection
                except Broken:
                    if not connection.silent:
                        raise
            connection = await self._connected()
            await connection.ask(request)
        except BaseException:
            self.free(connection)
            raise
        return connection

    def free(self, connection: Connection | None) -> None:
        """Keep a connection whose answer was taken whole for the next request; end any other."""
        self._places.release()
        if connection is None:
            return
        if connection.open and not self._closed:
            self._idle.append(connection)
        elif not connection.lost:
            connection.close()

    def close(self) -> None:
        """End what is idle at once, and the rest when it is freed."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _waiting(self) -> Connection | None:
        """The connection that was used last, of those that the server has not ended."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.lost:
                return connection
        return None

    async def _connected(self) -> Connection:
        from httptools import HttpResponseParser

        async with asyncio.timeout(CONNECT):
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(HttpResponseParser), self._host, self._port, ssl=self._secure)
        return connection
