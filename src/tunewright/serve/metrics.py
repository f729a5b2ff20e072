"""What Prometheus reads at `/metrics`. docs/serve.md lists the names."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """Counters of one gateway. `release` is `name@number`, or empty where no release was reached; `key` is a key's id,
    or empty without one.

    The counters of one release and key are looked up once: finding them by their labels costs more than counting.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("tunewright_requests", "Requests answered or refused.", ["release", "status"],
                                registry=self.registry)
        self.refused = Counter("tunewright_refused", "Requests refused, by the code that the client was told.",
                               ["code"], registry=self.registry)
        self.seconds = Histogram("tunewright_request_seconds", "From admission to the last token.", ["release"],
                                 buckets=_SECONDS, registry=self.registry)
        self.first = Histogram("tunewright_first_piece_seconds", "From admission to the first text.", ["release"],
                               buckets=_SECONDS, registry=self.registry)
        self.tokens = Counter("tunewright_tokens", "Tokens read (in) and written (out).", ["release", "direction"],
                              registry=self.registry)
        self.masked = Counter("tunewright_pii_masked", "Values masked in prompts and answers, by kind.",
                              ["release", "kind"], registry=self.registry)
        self.key_tokens = Counter("tunewright_key_tokens", "Tokens read and written for a key.", ["key"],
                                  registry=self.registry)
        self.cost = Counter("tunewright_cost", "Cost of answers, in the currency of serve.price.", ["release", "key"],
                            registry=self.registry)
        self.in_flight = Gauge("tunewright_requests_in_flight", "Requests being answered.", ["release"],
                               registry=self.registry)
        self.waiting = Gauge("tunewright_requests_waiting", "Requests that wait for a place.", registry=self.registry)
        self.fallbacks = Counter("tunewright_fallbacks", "Requests that a fallback engine was asked, by why.",
                                 ["name", "cause"], registry=self.registry)
        self.switches = Counter("tunewright_switches", "Times the live release changed here.", ["name"],
                                registry=self.registry)
        self.failed_switches = Counter("tunewright_failed_switches", "Live releases that could not be taken up.",
                                       ["name"], registry=self.registry)
        self.of = cache(self._of)

    def _of(self, release: str, key: str) -> "Counts":
        return Counts(self, release, key)

    def page(self) -> bytes:
        """The text format."""
        return generate_latest(self.registry)


class Counts:
    """The counters of one release and key."""

    def __init__(self, metrics: Metrics, release: str, key: str) -> None:
        self.answered = metrics.requests.labels(release, "200")
        self.seconds = metrics.seconds.labels(release)
        self.first = metrics.first.labels(release)
        self.read = metrics.tokens.labels(release, "in")
        self.written = metrics.tokens.labels(release, "out")
        self.key_tokens = metrics.key_tokens.labels(key)
        self.cost = metrics.cost.labels(release, key)
