"""A span for each answer, in the trace that the client began and the server behind goes on with; never any text."""

import subprocess
import sys

import pytest
from gateways import running
from upstreams import failed, serving, whole

from tunewright.engine import FakeEngine
from tunewright.engine.upstream import Names, Upstream
from tunewright.serve.traces import ASKED, Traces, opened

memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CAME = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


@pytest.fixture
def spans():
    return memory.InMemorySpanExporter()


def traces(spans):
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return Traces(provider)


def test_an_answer_is_a_span_that_names_its_release_and_holds_no_text(home, spans):
    with running(home, FakeEngine(), traces=traces(spans)) as gateway:
        answer = gateway.ask(text="my secret card", extra_headers=CAME)
        list(gateway.ask(text="my secret card", stream=True))
    first, streamed = spans.get_finished_spans()
    assert first.name == streamed.name == "chat desk@1"
    assert (f"{first.context.trace_id:032x}", f"{first.parent.span_id:016x}") == (TRACE, PARENT)
    assert streamed.context.trace_id != first.context.trace_id
    told = first.attributes
    assert (told["gen_ai.response.id"], told["gen_ai.response.model"], told["http.response.status_code"]) == (
        answer.id, "desk@1", 200)
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (
        answer.usage.prompt_tokens, answer.usage.completion_tokens)
    assert "secret" not in first.to_json() + streamed.to_json()


def test_the_server_behind_goes_on_with_the_trace_and_a_failure_is_told(home, spans):
    with serving() as server, running(home, Upstream(server.url, Names(model="{digest}", base=None)),
                                      traces=traces(spans)) as gateway:
        server.answers = [whole("yes"), failed(503)]
        gateway.ask(extra_headers=CAME)
        with pytest.raises(Exception, match="503"):
            gateway.ask()
    well, ill = spans.get_finished_spans()
    assert server.asked[0]["traceparent"] == f"00-{TRACE}-{well.context.span_id:016x}-01"
    assert (well.status.is_ok, ill.status.is_ok) == (True, False)
    assert ill.attributes["http.response.status_code"] == 503


def test_without_being_asked_for_nothing_of_opentelemetry_is_imported(monkeypatch):
    for name in ASKED:
        monkeypatch.delenv(name, raising=False)
    assert opened() is None
    code = ("import sys, tunewright.serve.run, tunewright.serve.traces as t; assert t.opened() is None; "
            "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
