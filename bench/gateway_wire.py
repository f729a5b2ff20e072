"""Both ends of the wire for bench/gateway.py: a load generator and a mock upstream, on bare asyncio protocols, so that
neither is what is measured."""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

PIECES = 16
"""Events of a streamed answer, and tokens of any."""
_EVENT = {"id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 1, "model": "mock", "choices": [
    {"index": 0, "delta": {"content": " word"}, "logprobs": None, "finish_reason": None}]}
_TEXT = re.compile(rb'"content": ?"[^"]')
_USAGE = {"prompt_tokens": 24, "completion_tokens": PIECES, "total_tokens": 24 + PIECES}


def _http(content: bytes, kind: bytes = b"application/json") -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n%s" % (kind, len(content), content)


def _chunk(event: dict[str, Any] | str) -> bytes:
    told = event if isinstance(event, str) else json.dumps(event)
    line = f"data: {told}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(line), line)


_WHOLE = _http(json.dumps({
    "id": "chatcmpl-0", "object": "chat.completion", "created": 1, "model": "mock", "usage": _USAGE, "choices": [
        {"index": 0, "message": {"role": "assistant", "content": " word" * PIECES}, "logprobs": None,
         "finish_reason": "stop"}]}).encode())
_MODELS = _http(b'{"object": "list", "data": [{"id": "mock", "object": "model"}]}')
_BEGIN = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_LAST = {**_EVENT, "choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}]}
_ENDING = _chunk(_LAST) + _chunk({**_EVENT, "choices": [], "usage": _USAGE}) + _chunk("[DONE]") + b"0\r\n\r\n"


class Mock(asyncio.Protocol):
    """Answers every request of one connection: whole at once, a stream with `pause` seconds between its events."""

    pause = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the wire."""
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport
        self._got = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is there whole."""
        self._got += data
        while (at := self._got.find(b"\r\n\r\n")) >= 0:
            head = self._got[:at].lower()
            told = head.find(b"content-length:")
            length = int(head[told + 15:].split(b"\r\n", 1)[0]) if told >= 0 else 0
            if len(self._got) < at + 4 + length:
                return
            body, self._got = self._got[at + 4:at + 4 + length], self._got[at + 4 + length:]
            if head.startswith(b"get"):
                self._wire.write(_MODELS)
            elif b'"stream":true' in body.replace(b" ", b""):
                self._wire.write(_BEGIN)
                self._tell(0)
            else:
                self._wire.write(_WHOLE)

    def _tell(self, number: int) -> None:
        if number == PIECES:
            self._wire.write(_ENDING)
            return
        self._wire.write(_chunk(_EVENT))
        asyncio.get_running_loop().call_later(self.pause, self._tell, number + 1)


async def be_mock(pause: float) -> None:
    """Serve until killed; prints the port."""
    Mock.pause = pause
    server = await asyncio.get_running_loop().create_server(Mock, "127.0.0.1", 0, backlog=1024)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@dataclass
class Seen:
    """What the clients saw: seconds of each answer, seconds to its first event, and what failed."""

    seconds: float = 0.0
    whole: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.whole) / self.seconds


class Client(asyncio.Protocol):
    """One connection that asks the same again as soon as it is answered, until nothing is left to ask."""

    def __init__(self, request: bytes, left: list[int], seen: Seen, done: asyncio.Future[None]) -> None:
        self._request, self._left, self._seen, self._done = request, left, seen, done
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """A server that hangs up has failed, unless we are through."""
        if not self._done.done():
            self._seen.failed.append(f"hung up ({exc}) after {self._got[:200]!r}")
            self._done.set_result(None)

    def _ask(self) -> None:
        if self._left[0] <= 0:
            self._done.set_result(None)
            self._wire.close()
            return
        self._left[0] -= 1
        self._got, self._first, self._began = b"", False, time.perf_counter()
        self._wire.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Look whether the answer is there."""
        self._got += data
        if not self._first and _TEXT.search(self._got):
            self._first = True
            self._seen.first.append(time.perf_counter() - self._began)
        if self._complete():
            self._seen.whole.append(time.perf_counter() - self._began)
            if not self._got.startswith(b"HTTP/1.1 200"):
                self._seen.failed.append(repr(self._got[:300]))
            self._ask()

    def _complete(self) -> bool:
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found:
            return False
        told = head.lower().find(b"content-length:")
        if told >= 0:
            return len(body) >= int(head[told + 15:].split(b"\r\n", 1)[0])
        return body.endswith(b"0\r\n\r\n")


async def load(port: int, connections: int, requests: int, body: dict[str, Any], key: str) -> Seen:
    """So many requests over so many connections, each asking again as soon as it is answered."""
    content = json.dumps(body).encode()
    request = (b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
               b"authorization: Bearer %s\r\ncontent-length: %d\r\n\r\n%s" % (key.encode(), len(content), content))
    loop = asyncio.get_running_loop()
    seen, left = Seen(), [requests]
    ends = [loop.create_future() for _ in range(connections)]
    began = time.perf_counter()
    for end in ends:
        await loop.create_connection(lambda end=end: Client(request, left, seen, end), "127.0.0.1", port)
    await asyncio.gather(*ends)
    seen.seconds = time.perf_counter() - began
    return seen
