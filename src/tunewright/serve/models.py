"""`GET /v1/models`: what can be asked for, and what can no more."""

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from tunewright import registry
from tunewright.core.errors import Fault
from tunewright.serve.asked import LONGEST
from tunewright.serve.gateway import Gateway
from tunewright.serve.keys import Key
from tunewright.serve.problems import Problem
from tunewright.serve.route import BASE


def paths(gateway: Gateway) -> list[BaseRoute]:
    """The list, and each model by its name."""

    async def models(request: Request) -> Response:
        key = gateway.enter(request.scope)
        return JSONResponse({"object": "list", "data": listed(gateway, key)})

    async def model(request: Request) -> Response:
        key = gateway.enter(request.scope)
        name = request.path_params["model"]
        known = next((one for one in listed(gateway, key) if one["id"] == name), None)
        if known is None:
            if len(name) > LONGEST:
                raise Problem(404, f"no model has a name of {len(name):,} letters.", param="model",
                              code="model_not_found")
            try:
                route = await gateway.routes.admit(name, key.sees)
            except Fault as fault:
                raise Problem(404, str(fault), param="model", code="model_not_found") from fault
            known = _described(gateway, name, route.reference)
        return JSONResponse(known)

    return [Path("/v1/models", models), Path("/v1/models/{model:path}", model)]


def listed(gateway: Gateway, key: Key) -> list[dict[str, Any]]:
    """Live names, loaded releases and the base, then the retired releases, of the names that the key sees."""
    routes = gateway.routes.listed(key.sees)
    retired = [f"{name}@{number}" for name, known in gateway.routes.registry.names.items() if key.sees(name)
               for number in known.added if known.standing(number).status == "retired"]
    return [*(_described(gateway, name, route.reference) for name, route in routes.items()),
            *(_described(gateway, reference, reference) for reference in retired if reference not in routes)]


def _described(gateway: Gateway, model: str, reference: str) -> dict[str, Any]:
    """A model in OpenAI's shape; `shutdown_date` is the day on which a retired release stopped being live."""
    described = {"id": model, "object": "model", "created": 0, "owned_by": "tunewright", "release": reference}
    name, _, number = reference.partition("@")
    known = gateway.routes.registry.names.get(name)
    if reference == BASE or known is None:
        return described
    standing = known.standing(int(number))
    described |= {"created": int(datetime.fromisoformat(standing.added_at).timestamp()), "status": standing.status}
    return described | ({"shutdown_date": _left(known, int(number))} if standing.status == "retired" else {})


def _left(known: registry.Name, number: int) -> str:
    """The day (UTC) on which release `number` was last replaced."""
    return next(entry.at[:10] for entry in reversed(known.entries) if entry.data.get("from") == number)
