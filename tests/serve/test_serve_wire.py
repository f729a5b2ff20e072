"""What no HTTP library sends: half requests, endless headers, bytes that are no HTTP, paths that climb."""

import json
import socket
import time

import pytest
from gateways import running

from tunewright.engine import FakeEngine

BODY = b'{"model": "desk", "prompt": "a"}'


@pytest.fixture
def hasty(home):
    """A gateway that waits a second for headers and half of one for a body."""
    with running(home, FakeEngine(), serve={"limits": {"headers": 1, "body": 0.5, "size": 4096}}) as found:
        yield found


def send(gateway, *pieces, pause=0.0, wait=8.0):
    """What comes back until the connection is closed, or nothing more comes."""
    port = int(gateway.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as wire:
        try:
            for piece in pieces:
                wire.sendall(piece)
                time.sleep(pause)
        except OSError:
            pass  # it was closed on us while we sent: what it said is there to read
        got = b""
        try:
            while more := wire.recv(65536):
                got += more
        except (TimeoutError, ConnectionResetError):
            pass
    return got


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer else 0


def error(answer):
    return json.loads(answer.partition(b"\r\n\r\n")[2])["error"]


def post(length, path=b"/v1/completions"):
    return b"POST %s HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % (path, length)


def test_headers_that_never_end_are_408(hasty):
    for start in (b"", b"POST /v1/comp", b"POST /v1/completions HTTP/1.1\r\nhost: a\r\nx: "):
        answer = send(hasty, start)
        assert status(answer) == 408
        assert error(answer)["code"] == "headers_too_slow"


def test_headers_that_drip_are_408_however_often_a_byte_comes(hasty):
    answer = send(hasty, b"GET /healthz HTTP/1.1\r\n", *[b"x-a: b\r\n"] * 30, pause=0.1)
    assert status(answer) == 408


def test_headers_without_bound_are_431(hasty):
    answer = send(hasty, b"GET /healthz HTTP/1.1\r\n", *[b"x-a: " + b"b" * 8000 + b"\r\n"] * 40)
    assert status(answer) == 431
    assert error(answer)["type"] == "invalid_request_error"


def test_a_body_that_never_comes_whole_is_408(hasty):
    for begun in (b"", BODY[:10]):
        answer = send(hasty, post(len(BODY)), begun)
        assert status(answer) == 408
        assert error(answer)["code"] == "body_too_slow"


def test_a_body_that_is_too_large_is_413_and_the_connection_ends(hasty):
    told = send(hasty, post(1 << 40))
    chunked = send(hasty, b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
                   *[b"1000\r\n" + b"x" * 4096 + b"\r\n"] * 3)
    assert (status(told), status(chunked)) == (413, 413)
    assert b"connection: close" in told.lower()


@pytest.mark.parametrize("noise", [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"hello there\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n", b"GET /healthz HTTP/1.1\r\nno colon here\r\n\r\n",
    b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: -4\r\n\r\n",
    b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n{}",
    b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
])
def test_what_is_no_request_is_4xx_and_closes(hasty, noise):
    answer = send(hasty, noise)
    assert 400 <= status(answer) < 500
    assert error(answer)["type"] == "invalid_request_error"


@pytest.mark.parametrize("path", [
    b"/../../etc/passwd", b"/v1/models/../../../etc/passwd", b"/v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    b"/v1/models/..%00", b"/%ff%fe", b"//etc/passwd", b"/v1/models/desk%0d%0aset-cookie:%20a=b",
])
def test_a_path_that_climbs_leads_nowhere(hasty, path):
    answer = send(hasty, b"GET %s HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n" % path)
    assert status(answer) == 404
    assert b"root:" not in answer
    assert b"set-cookie" not in answer.partition(b"\r\n\r\n")[0]


def test_a_request_id_cannot_break_out_of_its_header(hasty):
    answer = send(hasty, b"GET /v1/models HTTP/1.1\r\nhost: a\r\nx-request-id: <a b>\"\r\nconnection: close\r\n\r\n")
    assert status(answer) == 200
    assert b"<a b>" not in answer


def test_requests_on_one_connection_are_answered_in_turn(hasty):
    one = b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY
    answer = send(hasty, one + one + post(len(BODY)) + BODY)
    assert answer.count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize("choices", [1, 3])
def test_the_end_of_a_stream_comes_with_its_last_piece(hasty, choices):
    body = json.dumps({"model": "desk", "prompt": "a", "stream": True, "n": choices}).encode()
    chunks = send(hasty, post(len(body)) + body).split(b"\r\n")
    assert [chunk.count(b'"finish_reason":"') for chunk in chunks if b"[DONE]" in chunk] == [1]
    assert b"".join(chunks).count(b'"finish_reason":"') == choices
