"""Requests that are made to smuggle, to flood or to wait for ever: each is answered or ended, and bounded."""

import json
import re
import socket
import time

import pytest
from gateways import running

from tunewright.engine import FakeEngine

BODY = b'{"model": "desk", "prompt": "a"}'
CHUNKED = b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.fixture
def hasty(home):
    """A gateway that waits a second for headers and three for a body."""
    with running(home, FakeEngine(), serve={"limits": {"headers": 1, "body": 3, "size": 4096}}) as found:
        yield found


def wire(gateway):
    return socket.create_connection(("127.0.0.1", int(gateway.url.rpartition(":")[2])), timeout=8)


def read(connection):
    """What comes until the connection is closed."""
    got = b""
    try:
        while more := connection.recv(65536):
            got += more
    except ConnectionResetError:
        pass
    return got


def send(gateway, *pieces):
    with wire(gateway) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return read(connection)


def statuses(got):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", got)]


def code(got):
    return json.loads(got.rpartition(b"\r\n\r\n")[2])["error"]["code"]


def get(*headers, path=b"/healthz", version=b"HTTP/1.1"):
    return b"\r\n".join((b"GET %s %s" % (path, version), *headers, b"connection: close", b"", b""))


def sent_without_end(gateway, first, unit):
    """Bytes that the gateway took of a message without end, and what it said."""
    with wire(gateway) as connection:
        connection.sendall(first)
        taken = 0
        try:
            while taken < 1 << 27:
                taken += connection.send(unit)
        except OSError:
            pass
        return taken, read(connection)


@pytest.mark.parametrize("headers", [(), (b"host: a", b"host: b"), (b"host: a", b"host: a")])
def test_a_request_has_one_host_so_that_nobody_before_us_reads_another(hasty, headers):
    assert statuses(send(hasty, get(*headers))) == [400]


def test_old_and_unknown_versions_are_refused_or_served_as_they_are(hasty):
    assert statuses(send(hasty, b"GET /healthz\r\n\r\n")) == [400]
    assert statuses(send(hasty, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) == [400]
    assert statuses(send(hasty, get(version=b"HTTP/1.0"))) == [200]


@pytest.mark.parametrize("framing", [
    b"transfer-encoding: chunked\r\ncontent-length: 5", b"content-length: 5\r\ntransfer-encoding: chunked",
    b"transfer-encoding: xchunked", b"transfer-encoding: identity", b"transfer-encoding: chunked, identity",
    b"transfer-encoding: chunked\r\ntransfer-encoding: identity", b"transfer-encoding : chunked",
    b"content-length: +2", b"content-length: 2, 2", b"content-length: 99999999999999999999999", b"x: a\r\n folded: b",
    b"x: a\x00b", b"x: a\rb: c"])
def test_a_body_that_could_be_framed_in_two_ways_is_400_and_nothing_behind_it_is_read(hasty, framing):
    smuggled = b"0\r\n\r\n" + get(b"host: a")
    got = send(hasty, b"POST /v1/completions HTTP/1.1\r\nhost: a\r\n" + framing + b"\r\n\r\n" + smuggled)
    assert statuses(got) == [400]


@pytest.mark.parametrize(("request_line", "status"), [
    (b"OPTIONS * HTTP/1.1", 404), (b"OPTIONS /v1/completions HTTP/1.1", 405), (b"TRACE /v1/models HTTP/1.1", 405),
    (b"PUT /v1/models HTTP/1.1", 405), (b"HEAD /v1/models HTTP/1.1", 200), (b"HEAD /v1/completions HTTP/1.1", 405),
    (b"CONNECT 127.0.0.1:22 HTTP/1.1", 400), (b"GET http://elsewhere/healthz HTTP/1.1", 200),
    (b"GET http://elsewhere HTTP/1.1", 400), (b"GET file:///etc/passwd HTTP/1.1", 400),
    (b"GET /v1/models/d\xc3\xa9sk HTTP/1.1", 400), (b"GET /v1/models/%ff HTTP/1.1", 404)])
def test_other_methods_and_addresses_are_answered_by_what_they_are(hasty, request_line, status):
    got = send(hasty, request_line + b"\r\nhost: a\r\nx-secret: zebra\r\nconnection: close\r\n\r\n")
    assert statuses(got) == [status]
    assert b"zebra" not in got  # TRACE would echo it


def test_another_protocol_is_not_taken_up_and_never_costs_a_body_in_silence(hasty):
    ws = (b"host: a", b"connection: Upgrade", b"upgrade: websocket", b"sec-websocket-version: 13",
          b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==")
    with wire(hasty) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + b"\r\n".join(ws) + b"\r\n\r\n")
        assert statuses(connection.recv(65536)) == [200]
    got = send(hasty, b"POST /v1/completions HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: h2c\r\n"
                      b"content-length: %d\r\n\r\n" % len(BODY) + BODY)
    assert statuses(got) == [400]
    assert b"Upgrade" in got


def test_headers_of_one_packet_are_bounded_as_those_of_many(hasty):
    for many in (b"x: " + b"a" * 100_000, b"\r\n".join([b"a: b"] * 12_000)):
        assert code(send(hasty, get(b"host: a", many))) == "headers_too_large"


@pytest.mark.parametrize(("first", "unit"), [
    (b"0\r\n", b"x-t: y\r\n" * 4000), (b"0\r\nx-t: ", b"y" * 32_768), (b"1;", b"y" * 32_768), (b"", b"0" * 32_768)])
def test_what_frames_a_body_has_a_bound_too(hasty, first, unit):
    taken, got = sent_without_end(hasty, CHUNKED + first, unit)
    assert taken < 1 << 24  # what lies in the buffers of two sockets
    assert set(statuses(got)) <= {400, 431}


def test_a_body_in_the_smallest_pieces_is_read(hasty):
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY.ljust(4096))
    assert statuses(send(hasty, CHUNKED.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n") + pieces + b"0\r\n\r\n")
                    ) == [200]


def test_what_comes_behind_a_body_is_no_header(hasty):
    got = send(hasty, CHUNKED + b"%x\r\n%s\r\n0\r\nx-request-id: zebra\r\n\r\n" % (len(BODY), BODY) + get(b"host: a"))
    assert statuses(got) == [200, 200]
    assert b"zebra" not in got


def test_a_refusal_is_not_followed_by_a_second_one_for_the_rest_of_its_body(hasty):
    with wire(hasty) as connection:
        connection.sendall(b"POST /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 300000\r\n\r\n")
        time.sleep(0.1)
        connection.sendall(b"x" * 300_000 + get(b"host: a"))
        assert statuses(read(connection)) == [404, 200]
    with wire(hasty) as connection:  # the rest never comes: the connection ends without another word
        connection.sendall(b"POST /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 300000\r\n\r\n")
        time.sleep(0.1)
        connection.sendall(b"x")
        assert statuses(read(connection)) == [404]


def test_nothing_is_said_in_the_middle_of_an_answer(home):
    ask = b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n"
    streamed = BODY[:-1] + b', "stream": true}'
    with running(home, FakeEngine(delay=0.05)) as gateway, wire(gateway) as connection:
        connection.sendall(ask % len(streamed) + streamed)
        time.sleep(0.1)
        connection.sendall(b"this is no request\r\n\r\n")
        got = read(connection)
        assert statuses(got) == [200]
        assert got.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")


def test_requests_that_do_not_wait_for_answers_are_few(home):
    with running(home, FakeEngine(delay=0.05)) as gateway:
        ask = b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY
        got = statuses(send(gateway, ask + get(b"host: a").replace(b"connection: close\r\n", b"") * 5000))
        assert 1 <= got.count(200) <= 20
        assert set(got) <= {200}


def test_many_idle_connections_are_let_go_and_others_are_answered_meanwhile(hasty):
    idle = [wire(hasty) for _ in range(300)]
    assert statuses(send(hasty, get(b"host: a"))) == [200]
    assert {tuple(statuses(read(connection))) for connection in idle} == {(408,)}
    for connection in idle:
        connection.close()
    assert not hasty.made.places.taken


@pytest.mark.parametrize(("encoding", "body"), [
    (b"gzip", b"\x1f\x8b\x08\x00"), (b"", b'{"model": "desk", "prompt": "\xff"}'),
    (b"", '{"model": "desk"}'.encode("utf-16")),
    (b"", b'{"model": "desk", "prompt": ' + b"9" * 4000 + b"}"), (b"", b'{"x":' + b"[" * 2000 + b"}"),
    (b"", b'{"model": "desk", "prompt": "\\ud800"}'), (b"", b'{"model": "desk", "prompt": "a", "top_p": NaN}')])
def test_a_body_that_is_no_json_text_is_400_and_never_unpacked(hasty, encoding, body):
    got = send(hasty, b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-encoding: %s\r\ncontent-length: %d\r\n"
                      b"connection: close\r\n\r\n%s" % (encoding, len(body), body))
    assert statuses(got) == [400]
