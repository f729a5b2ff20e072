"""What all paths of a gateway share: who may enter, and where requests, answers and refusals are counted."""

import os
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.types import Scope

from tunewright.core.run import Say, silent
from tunewright.engine import Engine
from tunewright.recipe.serve import ServeSpec
from tunewright.serve.alerts import Alerts
from tunewright.serve.audit import Audit, Pending
from tunewright.serve.breaker import Budget
from tunewright.serve.keys import Key, Keys
from tunewright.serve.limits import Places, Rates
from tunewright.serve.log import Log
from tunewright.serve.metrics import Metrics
from tunewright.serve.problems import Problem
from tunewright.serve.routes import Routes
from tunewright.serve.spend import Spend
from tunewright.serve.traces import Traces
from tunewright.tuning import Service

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass
class Gateway:
    """The parts of one gateway. `draining` is set when it is told to stop: nobody new is let in.
    `ending` is awaited when it stops."""

    spec: ServeSpec
    engine: Engine
    routes: Routes
    keys: Keys
    audit: Audit
    pending: Pending
    metrics: Metrics
    log: Log
    places: Places
    spend: Spend
    alerts: Alerts
    service: Service | None = None
    traces: Traces | None = None
    say: Say = silent
    rates: Rates = field(default_factory=Rates)
    retries: Budget = field(default_factory=Budget)
    ending: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    draining: bool = False

    def enter(self, scope: Scope) -> Key:
        """The key of who asks. Raises Problem: 503 while draining, 401 without a good key."""
        if self.draining:
            raise Problem(503, "the gateway is stopping: ask again, another one will answer.", code="stopping",
                          retry_after=1.0)
        return self.keys.check(header(scope, b"authorization"))

    def admit(self, key: Key) -> None:
        """Raises Problem (429) if the key has used up its minute, or its month."""
        self.spend.admit(key)
        self.rates.admit(key)

    def used(self, key: Key, release: str, tokens_in: int, tokens_out: int, cost: float) -> None:
        """Count what an answer took, for Prometheus and for its key."""
        counts = self.metrics.of(release, key.id)
        counts.read.inc(tokens_in)
        counts.written.inc(tokens_out)
        self.rates.spent(key, tokens_in + tokens_out)
        if key.id:
            counts.key_tokens.inc(tokens_in + tokens_out)
        if cost:
            counts.cost.inc(cost)
            if self.spend.add(key, cost):
                self.say("budget", f"key {key.id} has used {self.spend.of(key) / (key.budget or 1):.0%} of its month")

    def ended(self, key: Key, release: str, status: int, seconds: float) -> None:
        """Count an answer that has ended."""
        counts = self.metrics.of(release, key.id)
        if status == 200:
            counts.answered.inc()
        else:
            self.metrics.requests.labels(release, str(status)).inc()
        counts.seconds.observe(seconds)
        self.alerts.watched.answers.append((time.time(), status, seconds))

    def refused(self, scope: Scope, problem: Problem, request_id: str) -> None:
        """Count a request that reached no release."""
        self.metrics.requests.labels("", str(problem.status)).inc()
        self.metrics.refused.labels(problem.code or "").inc()
        self.log.request(request_id=request_id, method=scope["method"], status=problem.status, code=problem.code)

    def sees_all(self, scope: Scope) -> bool:
        """Whether who asks may know of every name: there are no keys, or theirs is bound to none."""
        try:
            return not self.keys.check(header(scope, b"authorization")).names
        except Problem:
            return False


def header(scope: Scope, name: bytes) -> str:
    """A header's value; empty if it was not sent."""
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return ""


def new_number() -> str:
    """The number of a new answer: 80 random bits, then the time (milliseconds since 1970), by which it is found."""
    return f"{os.urandom(10).hex()}{int(time.time() * 1000):012x}"


def request_id(scope: Scope, number: str = "") -> str:
    """The client's own `x-request-id` if it is a plain word, else `number`, else a new one."""
    told = header(scope, b"x-request-id")
    return told if told and _REQUEST_ID.fullmatch(told) else number or uuid.uuid4().hex
