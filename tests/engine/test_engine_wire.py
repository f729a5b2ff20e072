"""A wire keeps connections open, takes answers in whatever parts they come, and ends what is of no more use."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

pytest.importorskip("httptools")

from tunewright.core.errors import Fault
from tunewright.engine.connection import LARGEST, Broken
from tunewright.engine.wire import Wire

Answerer = Callable[[int, asyncio.StreamWriter], Awaitable[None]]
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Server:
    """Answers request number n of all connections as it is told; remembers what was asked on which connection."""

    def __init__(self, answer: Answerer) -> None:
        self.answer = answer
        self.asked: list[tuple[int, bytes]] = []
        self.connections = 0
        self.ended = asyncio.Event()
        self.tasks: set[asyncio.Task[None] | None] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self.tasks.add(asyncio.current_task())
        number = self.connections
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.asked.append((number, head + await reader.readexactly(length)))
                await self.answer(len(self.asked), writer)
                await writer.drain()
        self.ended.set()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def wired(answer: Answerer, most: int = 8, key: str | None = None) -> AsyncIterator[tuple[Server, Wire]]:
    """A server that answers so, and a wire to it."""
    made = Server(answer)
    server = await asyncio.start_server(made.connected, "127.0.0.1", 0)
    wire = Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", key, most)
    try:
        yield made, wire
    finally:
        wire.close()
        server.close()
        await asyncio.gather(*(task for task in made.tasks if task))


def says(content: bytes) -> Answerer:
    """Answers the same to all."""
    async def answer(_number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
    return answer


async def ask(wire: Wire, body: bytes = b"{}") -> tuple[int, bytes]:
    """Status and whole body."""
    connection = await wire.post("completions", body)
    try:
        return connection.status, b"".join([piece async for piece in connection.pieces()])
    finally:
        wire.free(connection)


def test_a_request_goes_out_with_key_and_trace() -> None:
    async def run() -> bytes:
        async with wired(says(WHOLE), key="sk-1") as (server, wire):
            wire.free(await wire.post("chat/completions", b'{"a":1}', trace="00-1"))
            return server.asked[0][1]

    head, _, body = asyncio.run(run()).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /v1/chat/completions HTTP/1.1"
    assert {b"authorization: Bearer sk-1", b"traceparent: 00-1", b"content-length: 7"} <= set(lines)
    assert body == b'{"a":1}'


def test_one_connection_serves_many_requests_in_turn() -> None:
    async def run() -> int:
        async with wired(says(WHOLE)) as (server, wire):
            assert [await ask(wire) for _ in range(5)] == [(200, b"{}")] * 5
            return server.connections

    assert asyncio.run(run()) == 1


@settings(deadline=None, max_examples=30)
@given(some.lists(some.binary(min_size=1, max_size=40), min_size=1, max_size=6), some.data(), some.booleans())
def test_a_body_arrives_as_it_was_sent_however_it_is_cut(parts: list[bytes], data: some.DataObject,
                                                         stream: bool) -> None:
    begin = EVENTS if stream else EVENTS.replace(b"text/event-stream", b"application/json")
    sent = begin + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    cuts = sorted(data.draw(some.lists(some.integers(1, len(sent) - 1), max_size=6)))

    async def answer(_number: int, writer: asyncio.StreamWriter) -> None:
        for begin, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
            writer.write(sent[begin:end])
            await writer.drain()
            await asyncio.sleep(0)

    async def run() -> list[tuple[int, bytes]]:
        async with wired(answer) as (_, wire):
            return [await ask(wire), await ask(wire)]

    assert asyncio.run(run()) == [(200, b"".join(parts))] * 2


def test_a_stream_can_be_read_before_it_ends() -> None:
    go_on = asyncio.Event()

    async def answer(_number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENTS + b"1\r\na\r\n")
        await go_on.wait()
        writer.write(b"1\r\nb\r\n0\r\n\r\n")

    async def run() -> list[bytes]:
        async with wired(answer) as (_, wire):
            connection = await wire.post("completions", b"{}")
            seen = []
            async for piece in connection.pieces():
                seen.append(piece)
                go_on.set()
            wire.free(connection)
            return seen

    assert asyncio.run(run()) == [b"a", b"b"]


def test_a_server_that_writes_faster_than_anybody_reads_has_to_wait() -> None:
    part = b"10000\r\n" + b"x" * 65_536 + b"\r\n"

    async def answer(_number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENTS)
        for _ in range(400):
            writer.write(part)
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async def run() -> tuple[int, int]:
        async with wired(answer) as (_, wire):
            connection = await wire.post("completions", b"{}")
            await asyncio.sleep(0.1)
            ahead = connection._size
            size = sum([len(piece) async for piece in connection.pieces()])
            wire.free(connection)
            return ahead, size

    ahead, size = asyncio.run(run())
    assert ahead < 4 << 20
    assert size == 400 * 65_536


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    async def answer(_number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: 1\n\n")
        await writer.drain()
        writer.close()

    async def run() -> tuple[tuple[int, bytes], int]:
        async with wired(answer) as (server, wire):
            first, second = await ask(wire), await ask(wire)
            assert first == second
            return first, server.connections

    assert asyncio.run(run()) == ((200, b"data: 1\n\n"), 2)


@pytest.mark.parametrize("content", [
    b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf", b"", EVENTS + b"5\r\nab"])
def test_what_breaks_off_or_is_no_http_is_broken(content: bytes) -> None:
    async def answer(_number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.close()

    async def run() -> None:
        async with wired(answer) as (_, wire):
            await ask(wire)

    with pytest.raises(Broken):
        asyncio.run(run())


def test_a_connection_that_ended_while_idle_is_replaced_and_nobody_notices() -> None:
    async def answer(number: int, writer: asyncio.StreamWriter) -> None:
        if number == 2:  # it hangs up in the moment of the second request
            writer.transport.abort()
        else:
            writer.write(WHOLE)

    async def run() -> list[int]:
        async with wired(answer) as (server, wire):
            await ask(wire)
            assert await ask(wire) == (200, b"{}")
            return [number for number, _ in server.asked]

    assert asyncio.run(run()) == [1, 1, 2]


def test_a_new_connection_that_ends_is_not_tried_again() -> None:
    async def answer(_number: int, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def run() -> int:
        async with wired(answer) as (server, wire):
            with pytest.raises(Broken):
                await ask(wire)
            return len(server.asked)

    assert asyncio.run(run()) == 1


def test_more_requests_than_connections_wait_for_one() -> None:
    async def answer(_number: int, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.01)
        writer.write(WHOLE)

    async def run() -> int:
        async with wired(answer, most=2) as (server, wire):
            assert await asyncio.gather(*(ask(wire) for _ in range(9))) == [(200, b"{}")] * 9
            return server.connections

    assert asyncio.run(run()) == 2


def test_whoever_leaves_an_answer_ends_its_connection_and_frees_its_place() -> None:
    async def answer(number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENTS + b"1\r\na\r\n" if number == 1 else WHOLE)

    async def run() -> tuple[int, bytes]:
        async with wired(answer, most=1) as (server, wire):
            task = asyncio.create_task(ask(wire))
            while not server.asked:
                await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.wait([task])
            await asyncio.wait_for(server.ended.wait(), 5)
            return await ask(wire)

    assert asyncio.run(run()) == (200, b"{}")


def test_an_answer_larger_than_any_should_be_is_refused() -> None:
    async def answer(_number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (LARGEST + 1))
        for _ in range(17):
            writer.write(b"x" * (1 << 20))
            await writer.drain()

    async def run() -> None:
        async with wired(answer) as (_, wire):
            await ask(wire)

    with pytest.raises(Fault, match="more than 16 MiB"):
        asyncio.run(run())


def test_an_announcement_is_no_answer() -> None:
    async def run() -> tuple[int, bytes]:
        async with wired(says(b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE)) as (_, wire):
            return await ask(wire)

    assert asyncio.run(run()) == (200, b"{}")


def test_nobody_there_is_an_os_error() -> None:
    async def run() -> None:
        async with wired(says(WHOLE)) as (_, wire):
            pass
        await ask(wire)

    with pytest.raises(OSError, match="111"):
        asyncio.run(run())
