"""Answers are written in as few calls of the system as they can be, and leave nothing for the collector."""

import gc
import weakref
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from tunewright.serve.server import _Together


class Transport:
    """Notes what is written."""

    def __init__(self):
        self.written, self.closed = [], False

    def write(self, content):
        if content:
            self.written.append(content)

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True


def answering():
    """What uvicorn writes an answer with."""
    cycle = SimpleNamespace(transport=Transport(), response_started=False)
    transport, cycle.transport = cycle.transport, _Together(cycle)
    return transport, cycle


@given(st.lists(st.binary()))
def test_a_head_goes_with_the_first_of_its_body_and_every_byte_in_its_order(body):
    transport, cycle = answering()
    cycle.transport.write(b"continue")
    cycle.response_started = True
    for content in (b"head", *body):
        cycle.transport.write(content)
    cycle.transport.close()
    assert b"".join(transport.written) == b"".join((b"continue", b"head", *body))
    assert transport.written[:2] == [b"continue", b"head" + (body[0] if body else b"")]
    assert transport.closed


def test_a_connection_that_closes_without_an_answer_writes_none():
    transport, cycle = answering()
    cycle.transport.close()
    assert (transport.written, transport.closed) == ([], True)


def test_an_answer_is_no_ring():
    _, cycle = answering()
    cycle.response_started = True
    cycle.transport.write(b"head")
    together = weakref.ref(cycle.transport)
    gc.disable()
    try:
        del cycle
        assert together() is None
    finally:
        gc.enable()
