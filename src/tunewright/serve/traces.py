"""Traces: one span for each answer, sent by OpenTelemetry where the environment says; no text goes with it.

Optional: `pip install 'tunewright[otel]'`. Attributes are named by OpenTelemetry's conventions for generative AI
(gen_ai.*); the trace goes on from the client's `traceparent` (W3C Trace Context), and on to an upstream server.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tunewright.core.errors import Fault

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

ASKED = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""The environment variables that ask for traces: where they are sent."""


class Traces:
    """The spans of one gateway."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("tunewright")
        self._kind = SpanKind.SERVER
        self._wire = TraceContextTextMapPropagator()

    def begin(self, name: str, traceparent: str) -> tuple["Span", str]:
        """A span that belongs to the trace of `traceparent`, or to a new one; and the `traceparent` to pass on."""
        from opentelemetry.trace import set_span_in_context

        came = self._wire.extract({"traceparent": traceparent} if traceparent else {})
        span = self._tracer.start_span(name, context=came, kind=self._kind)
        carried: dict[str, str] = {}
        self._wire.inject(carried, set_span_in_context(span))
        return span, carried.get("traceparent", "")

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def end(span: "Span", status: int, told: Mapping[str, str | int | list[str]]) -> None:
    """End a span with what is told of its answer."""
    from opentelemetry.trace import StatusCode

    span.set_attributes({"http.response.status_code": status, **told})
    if status >= 500:
        span.set_status(StatusCode.ERROR)
    span.end()


def opened() -> Traces | None:
    """Traces to where the environment says; None if it says nothing. Raises Fault if they are asked for and the extra
    is missing."""
    asked = next((name for name in ASKED if os.environ.get(name)), None)
    if asked is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise Fault(f"{asked} asks for traces, which need OpenTelemetry: pip install 'tunewright[otel]'.") from error
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "tunewright"}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Traces(provider)
