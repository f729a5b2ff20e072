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
_LARGEST = 1 << 16  # bytes of a request's headers, and of what frames its body
_FRAMES = 8  # bytes more of that for each byte of the body: a chunk of one byte takes five
_IN_TURN = 16  # requests that wait on one connection for the answers before theirs
_COUNTS = hasattr(AutoHTTPProtocol, "on_body")  # httptools tells of each part; h11 bounds what frames a body itself
_PHRASES = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class Server(uvicorn.Server):
    """Tells when it accepts requests. Told to stop, it refuses new ones until those under way are answered."""

    def __init__(self, gateway: Gateway, app: ASGIApp, ready: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, http=_Bounded, log_config=None, log_level="critical", access_log=False,
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


class _Bounded(AutoHTTPProtocol):  # type: ignore[valid-type, misc]
    """One connection: uvicorn's protocol (httptools where it is installed), with the bounds that it has none for.

    `_since` is when what is still missing began to be waited for, `_spare` the bytes that came
    and are no body, `_body` those that are, `_open` whether a request has begun whose end has not come."""

    _since: float | None = None
    _spare = _body = 0
    _open = False
    _wrong: Problem | None = None
    lost: Callable[[], None] | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.lost is not None:
            self.lost()

    def data_received(self, data: bytes) -> None:
        self._spare += len(data)
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._since = self._since or self.loop.time()
        else:
            self._since = None
            self.cycle.scope[CONNECTION] = self
            self._spare = self._spare if _COUNTS else 0
        if self._spare > _LARGEST + _FRAMES * self._body:
            self._refuse(_too_large())

    def on_headers_complete(self) -> None:
        waiting = len(self.pipeline)
        self._wrong = _wrong(self.parser.get_http_version(), self.url, self.headers, self.parser.should_upgrade())
        if self._wrong is None and waiting >= _IN_TURN:
            self._wrong = Problem(400, "too many requests came before their answers: wait for some of them.")
        if self._wrong is not None:
            raise ValueError  # the parser stops, and `send_400_response` tells
        super().on_headers_complete()
        if self.cycle.scope["method"] != "HEAD":  # its answer has no body that the head could wait for
            self.cycle.transport = _Together(self.cycle)
        self._spare, self._body, self._open = 0, 0, True

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._open:  # what comes behind a body is no header that anybody reads
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self._spare -= len(body)
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._open = False
        super().on_message_complete()

    @property
    def whole(self) -> bool:
        """Whether the request is there to its last byte."""
        return not self.cycle.more_body

    def look(self, now: float, limit: float) -> None:
        """End the connection if its headers have not come in time."""
        if self._since is not None and now - self._since > limit:
            self._refuse(Problem(408, f"the headers did not come within {limit:.0f} s: send them faster.",
                                 code="headers_too_slow"))

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's
        self._refuse(self._wrong or Problem(400, "this is no HTTP/1.1 request."))

    def _refuse(self, problem: Problem) -> None:
        """Tell, in OpenAI's shape, and close. Never in the middle of an answer, nor behind one that was given to
        the same request."""
        if self.transport.is_closing():
            return
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering and (self.cycle.response_started or getattr(self, "pipeline", ())):
            self.cycle.keep_alive = False  # the last answer under way ends the connection
            self.flow.pause_reading()
            return
        if answering or not self._open:
            body = json.dumps(problem.body).encode()
            self.transport.write(b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
                                 b"connection: close\r\n\r\n%s" % (
                                     problem.status, _PHRASES[problem.status], len(body), body))
        self.transport.close()


class _Together:
    """Where an answer is written: its head waits for the first of its body, as each write is a call of the system,
    which takes longer than most of what we do."""

    def __init__(self, cycle: Any) -> None:
        self._cycle = cycle
        self._wire: asyncio.Transport = cycle.transport
        self._head = b""

    def write(self, content: bytes) -> None:
        """The first that is written of an answer is its head."""
        if self._cycle is not None and self._cycle.response_started:
            self._head = content
            self._cycle = None  # which holds us: no rings, whose collection would stop all answers for milliseconds
        else:
            self._wire.write(self._head + content)
            self._head = b""

    def is_closing(self) -> bool:
        """Whether nothing can be written any more."""
        return self._wire.is_closing()

    def close(self) -> None:
        """Write what waits, and close."""
        if self._head:
            self._wire.write(self._head)
        self._wire.close()


def _wrong(version: str, url: bytes, headers: list[tuple[bytes, bytes]], upgrade: bool) -> Problem | None:
    """What is wrong with a request's headers, beyond what the parser knows (RFC 9112, 3.2 and 7.1)."""
    size, hosts, body = len(url), 0, False
    for name, value in headers:
        size += len(name) + len(value) + 4
        hosts += name == b"host"
        body = body or name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
    if size > _LARGEST:
        return _too_large()
    if version not in ("1.0", "1.1"):
        return Problem(400, "this is no HTTP/1.1 request.")
    if hosts > 1 or (version == "1.1" and not hosts):
        return Problem(400, "a request needs one `Host` header, and only one.")
    if upgrade and body:
        return Problem(400, "`Upgrade` is not offered with a body: send HTTP/1.1 without that header.")
    return None


def _too_large() -> Problem:
    return Problem(431, "the headers are larger than 64 KiB: send less.", code="headers_too_large")
