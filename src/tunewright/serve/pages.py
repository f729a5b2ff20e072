"""`GET /healthz` and `GET /metrics`: what those who run the gateway look at."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from tunewright.serve.gateway import Gateway
from tunewright.serve.problems import Problem


def paths(gateway: Gateway) -> list[BaseRoute]:
    """Health for everybody, names and figures for those who may know of every name."""

    async def health(request: Request) -> Response:
        missing, faults = gateway.routes.missing(), gateway.routes.faults
        state = "stopping" if gateway.draining else "down" if missing else "degraded" if faults else "ok"
        told: dict[str, object] = {"status": state}
        if gateway.sees_all(request.scope):
            told |= {"live": gateway.routes.live(), "missing": missing, "faults": faults}
        return JSONResponse(told, 503 if state in ("stopping", "down") else 200)

    async def metrics(request: Request) -> Response:
        if not gateway.sees_all(request.scope):
            raise Problem(401, "the figures name every release: send a key that is bound to no name.",
                          code="invalid_api_key")
        gateway.metrics.waiting.set(gateway.places.waiting)
        for route in gateway.routes.listed().values():
            gateway.metrics.in_flight.labels(route.reference).set(route.active)
        return Response(gateway.metrics.page(), media_type=CONTENT_TYPE_LATEST)

    return [Path("/healthz", health), Path("/metrics", metrics)]
