"""The gateway: OpenAI's API in front of an engine, each answer bound to one release."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from typing import IO

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path
from starlette.types import ASGIApp, Receive, Scope, Send

from tunewright import registry
from tunewright.core.home import Home
from tunewright.core.run import Say, silent
from tunewright.engine import Engine
from tunewright.recipe.alert import AlertSpec
from tunewright.recipe.serve import ServeSpec
from tunewright.serve import completions, feedback, files, jobs, models, openapi, pages
from tunewright.serve.alerts import Alerts
from tunewright.serve.audit import Audit, Pending
from tunewright.serve.audit.write import CANARY_SECONDS, SEGMENT_SECONDS
from tunewright.serve.gateway import Gateway, request_id
from tunewright.serve.keys import Keys
from tunewright.serve.limits import Places
from tunewright.serve.log import Log, place
from tunewright.serve.metrics import Metrics
from tunewright.serve.problems import Problem
from tunewright.serve.routes import Routes
from tunewright.serve.spend import Spend
from tunewright.serve.traces import Traces
from tunewright.tuning import Service

ROOMS = (completions, feedback, models, files, jobs, openapi, pages)
"""One module for each group of paths; each has `paths(gateway)`."""


def gateway(home: Home, names: Sequence[str], engine: Engine, *, base: str = "", by: str = "gateway",
            spec: ServeSpec | None = None, alerts: Sequence[AlertSpec] = (), log: IO[str] | None = None,
            service: Service | None = None, traces: Traces | None = None, say: Say = silent) -> Gateway:
    """A gateway for the releases of `names` (all, if none is named) on `engine`, which holds base `base` (a digest).

    `service` takes files and fine-tuning jobs. `spec` bounds the whole gateway and is the policy of the base; each
    release is served by its own recipe's. `alerts` are the rules that live traffic is held against.
    """
    keys, metrics, spec = Keys(), Metrics(), spec or ServeSpec()
    spend, audit = Spend(home), Audit(home, by, retention=spec.policy.retention)
    told = Alerts(alerts, say, names=names, used=spend.used)

    def hurried(_entries: object) -> None:
        audit.oldest = closing(home.ledger.url, routes.registry, names)

    routes = Routes(home, names, engine, base, metrics, (keys.take, told.watched.take, hurried), say, spec)
    return Gateway(spec, engine, routes, keys, audit, Pending(home, audit), metrics, Log(log), Places(spec.limits),
                   spend, told, service, traces, say)


def closing(ledger: str, known: registry.Registry, names: Collection[str]) -> float:
    """After how many seconds a segment of the audit trail is closed: soon while a release of `names` (any, if none is
    named) is on an arm and the ledger can have a monitor on another machine, which sees closed segments only."""
    out = any(one.arms for name, one in known.names.items() if not names or name in names)
    return CANARY_SECONDS if out and not ledger.startswith("sqlite") else SEGMENT_SECONDS


def app(made: Gateway) -> ASGIApp:
    """Its ASGI application. Closes the engine when it shuts down."""
    on = _Faults(made)
    paths = [path for room in ROOMS for path in room.paths(made)]
    others = Starlette(
        routes=paths, exception_handlers={Problem: on.problem, HTTPException: on.http, Exception: on.unforeseen},
        lifespan=lambda _app: _life(made))
    straight = {path.path: path.endpoint for path in paths if isinstance(path, Path) and
                isinstance(path.endpoint, completions.Completions)}

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        """Questions go straight to their answer: the way through Starlette takes a tenth of all the work on them."""
        found = straight.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        await (found or others)(scope, receive, send)

    return front


@contextlib.asynccontextmanager
async def _life(made: Gateway) -> AsyncIterator[None]:
    await made.routes.start()
    keeping = [asyncio.create_task(made.spend.keep()), asyncio.create_task(made.alerts.keep()),
               asyncio.create_task(made.audit.tend()), asyncio.create_task(made.pending.keep())]
    try:
        yield
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
        await made.spend.write()
        made.spend.close()
        await made.routes.stop()
        for end in made.ending:
            await end()
        made.pending.close()
        made.audit.close()
        if made.traces:
            await asyncio.to_thread(made.traces.close)
        closing = made.engine.close()
        if closing is not None:
            await closing


class _Faults:
    """What goes wrong outside an answer, in OpenAI's shape."""

    def __init__(self, made: Gateway) -> None:
        self._made = made

    async def problem(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return self._told(request, error)

    async def http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return self._told(request, Problem(
            error.status_code, f"{error.detail}: POST /v1/chat/completions, POST /v1/completions, POST /v1/feedback, "
            "GET /v1/models, /healthz and /metrics are here."), dict(error.headers or {}))

    async def unforeseen(self, request: Request, error: Exception) -> Response:
        self._made.say("serve", f"a request failed ({place(error)}): this is a fault of the gateway.")
        return self._told(request, Problem(500, "the gateway failed on this request: look at its log.",
                                           code="internal"))

    def _told(self, request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
        number = request_id(request.scope)
        self._made.refused(request.scope, problem, number)
        return problem.response({"x-request-id": number, **(headers or {})})
