"""What Prometheus reads at `/metrics`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counters of one gateway. `release` is `name@number`, or empty where no release was reached."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("tunewright_requests", "Requests answered or refused.", ["release", "status"],
                                registry=self.registry)
        self.seconds = Histogram("tunewright_request_seconds", "From admission to the last token.", ["release"],
                                 buckets=_SECONDS, registry=self.registry)
        self.first = Histogram("tunewright_first_piece_seconds", "From admission to the first text.", ["release"],
                               buckets=_SECONDS, registry=self.registry)
        self.tokens = Counter("tunewright_tokens", "Tokens read (in) and written (out).", ["release", "direction"],
                              registry=self.registry)
        self.in_flight = Gauge("tunewright_requests_in_flight", "Requests being answered.", ["release"],
                               registry=self.registry)
        self.switches = Counter("tunewright_switches", "Times the live release changed here.", ["name"],
                                registry=self.registry)
        self.failed_switches = Counter("tunewright_failed_switches", "Live releases that could not be taken up.",
                                       ["name"], registry=self.registry)

    def page(self) -> bytes:
        """The text format."""
        return generate_latest(self.registry)
