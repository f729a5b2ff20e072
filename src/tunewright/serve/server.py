"""The HTTP server: patient with answers, not with clients that never finish a request; it drains before it stops."""

import asyncio
import json
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from tunewright.serve.gateway import Gateway
from tunewright.serve.problems import Problem
from tunewright.serve.watch import CONNECTION

DRAIN = 30
"""Seconds that answers under way have when the gateway is told to stop."""
_LARGEST = 1 << 16  # bytes of a request's headers
_PHRASES = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class Server(uvicorn.Server):
    """Tells when it accepts requests. Told to stop, it refuses new ones until those under way are answered."""

    def __init__(self, gateway: Gateway, app: ASGIApp, ready: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, http=_protocol(), log_config=None, log_level="critical", access_log=False,
                                        lifespan="on", server_header=False, proxy_headers=False, ws="none",
                                        timeout_graceful_shutdown=5))
        self._gateway = gateway
        self._ready = ready
        self._stops: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal, stop at the second."""
        if self._gateway.draining:
            super().handle_exit(sig, frame)
        self._gateway.draining = True

    async def on_tick(self, counter: int) -> bool:
        """Every tenth of a second: let go of slow connections; stop, once drained."""
        now = asyncio.get_running_loop().time()
        if counter % 10 == 0:
            for connection in list(self.server_state.connections):
                connection.look(now, self._gateway.spec.limits.headers)  # type: ignore[union-attr]
        if self._gateway.draining:
            self._stops = self._stops or now + DRAIN
            self.should_exit |= self._idle() or now > self._stops
        return await super().on_tick(counter)

    def _idle(self) -> bool:
        return not (self._gateway.places.taken or self._gateway.places.waiting or self.server_state.tasks)


def _protocol() -> type[asyncio.Protocol]:
    """uvicorn's protocol (httptools where it is installed), with bounds on headers, which uvicorn has none for."""

    class Bounded(AutoHTTPProtocol):  # type: ignore[valid-type, misc]
        """One connection. `_since` is when the headers that are still missing began to be waited for."""

        _since: float | None = None
        _came = 0
        lost: Callable[[], None] | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._since = self.loop.time()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self.lost is not None:
                self.lost()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.cycle is None or self.cycle.response_complete:
                self._came += len(data)
                self._since = self._since or self.loop.time()
                if self._came > _LARGEST:
                    self._refuse(431, "the headers are larger than 64 KiB: send less.", "headers_too_large")
            else:
                self._since, self._came = None, 0
                self.cycle.scope[CONNECTION] = self

        @property
        def whole(self) -> bool:
            return not self.cycle.more_body

        def look(self, now: float, limit: float) -> None:
            """End the connection if its headers have not come in time."""
            if self._since is not None and now - self._since > limit:
                self._refuse(408, f"the headers did not come within {limit:.0f} s: send them faster.",
                             "headers_too_slow")

        def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's
            self._refuse(400, "this is no HTTP/1.1 request.", None)

        def _refuse(self, status: int, message: str, code: str | None) -> None:
            """Tell, in OpenAI's shape, and close."""
            if self.transport.is_closing():
                return
            body = json.dumps(Problem(status, message, code=code).body).encode()
            self.transport.write(b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
                                 b"connection: close\r\n\r\n%s" % (status, _PHRASES[status], len(body), body))
            self.transport.close()

    return Bounded
