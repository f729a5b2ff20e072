"""The gateway: OpenAI's API in front of an engine, each answer bound to one release."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Path

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import Say, silent
from tunewright.engine import Engine
from tunewright.serve.answer import Answer
from tunewright.serve.asked import Asked, ChatAsked, TextAsked, parse
from tunewright.serve.audit import Audit
from tunewright.serve.metrics import Metrics
from tunewright.serve.problems import Problem
from tunewright.serve.reply import reply
from tunewright.serve.routes import Routes

LARGEST = 4 << 20
"""Bytes a request's body may have."""


def app(home: Home, names: Sequence[str], engine: Engine, *, base: str = "", by: str = "gateway",
        new_tokens: int = 256, say: Say = silent) -> Starlette:
    """A gateway for the releases of `names` (all, if none is named) on `engine`, which holds base `base` (a digest).

    `new_tokens` is the longest answer when a request does not say. Closes the engine when it shuts down.
    """
    return _Gateway(home, names, engine, base, by, new_tokens, say).starlette()


class _Gateway:
    def __init__(self, home: Home, names: Sequence[str], engine: Engine, base: str, by: str, new_tokens: int,
                 say: Say) -> None:
        self._engine = engine
        self._new_tokens = new_tokens
        self._metrics = Metrics()
        self._routes = Routes(home, names, engine, base, self._metrics, say)
        self._audit = Audit(home, by)

    def starlette(self) -> Starlette:
        return Starlette(
            routes=[Path("/v1/chat/completions", self._chat, methods=["POST"]),
                    Path("/v1/completions", self._text, methods=["POST"]),
                    Path("/v1/models", self._models), Path("/v1/models/{model:path}", self._model),
                    Path("/healthz", self._health), Path("/metrics", self._page)],
            exception_handlers={Problem: self._problem, HTTPException: self._http, Exception: self._unforeseen},
            lifespan=self._life)

    @contextlib.asynccontextmanager
    async def _life(self, _app: Starlette) -> AsyncIterator[None]:
        await self._routes.start()
        try:
            yield
        finally:
            await self._routes.stop()
            self._audit.close()
            self._engine.close()

    async def _chat(self, request: HttpRequest) -> Response:
        return await self._answer(request, ChatAsked)

    async def _text(self, request: HttpRequest) -> Response:
        return await self._answer(request, TextAsked)

    async def _answer(self, request: HttpRequest, kind: type[Asked]) -> Response:
        asked = parse(kind, await _body(request))
        try:
            route = await self._routes.admit(asked.model)
        except Fault as fault:
            raise Problem(404, str(fault), param="model", code="model_not_found") from fault
        answer = Answer(asked, route, asked.request(route.model, self._new_tokens), self._engine, self._audit,
                        self._metrics)
        with route.bound():
            try:
                return await reply(answer, request)
            except Problem as problem:
                return problem.response(answer.headers)

    async def _models(self, _request: HttpRequest) -> Response:
        listed = [_described(name, route.reference) for name, route in self._routes.listed().items()]
        return JSONResponse({"object": "list", "data": listed})

    async def _model(self, request: HttpRequest) -> Response:
        name = request.path_params["model"]
        try:
            route = await self._routes.admit(name)
        except Fault as fault:
            raise Problem(404, str(fault), param="model", code="model_not_found") from fault
        return JSONResponse(_described(name, route.reference))

    async def _health(self, _request: HttpRequest) -> Response:
        missing, faults = self._routes.missing(), self._routes.faults
        state = "down" if missing else "degraded" if faults else "ok"
        return JSONResponse({"status": state, "live": self._routes.live(), "missing": missing, "faults": faults},
                            503 if missing else 200)

    async def _page(self, _request: HttpRequest) -> Response:
        return Response(self._metrics.page(), media_type=CONTENT_TYPE_LATEST)

    async def _problem(self, _request: HttpRequest, problem: Exception) -> Response:
        assert isinstance(problem, Problem)
        self._metrics.requests.labels("", str(problem.status)).inc()
        return problem.response()

    async def _http(self, _request: HttpRequest, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        self._metrics.requests.labels("", str(error.status_code)).inc()
        return Problem(error.status_code, f"{error.detail}: POST /v1/chat/completions, POST /v1/completions, "
                       "GET /v1/models, /healthz and /metrics are here.").response(dict(error.headers or {}))

    async def _unforeseen(self, _request: HttpRequest, _error: Exception) -> Response:
        self._metrics.requests.labels("", "500").inc()
        return Problem(500, "the gateway failed on this request: look at its log.", code="internal").response()


def _described(name: str, reference: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "tunewright", "release": reference}


async def _body(request: HttpRequest) -> bytes:
    """The body. Raises Problem if it is longer than `LARGEST`."""
    large = Problem(413, f"the body is larger than {LARGEST >> 20} MiB: send less.", code="body_too_large")
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > LARGEST:
        raise large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise large
    return bytes(body)
