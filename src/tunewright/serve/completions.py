"""`POST /v1/chat/completions` and `POST /v1/completions`: from a request's first byte to its answer's last."""

import time
from dataclasses import replace

from starlette.routing import BaseRoute
from starlette.routing import Route as Path
from starlette.types import Receive, Scope, Send

from tunewright.core.errors import Fault
from tunewright.serve import reply
from tunewright.serve.answer import Answer
from tunewright.serve.asked import Asked, ChatAsked, TextAsked, parse, prompt_digest
from tunewright.serve.body import read
from tunewright.serve.choices import prepare
from tunewright.serve.cohort import cohort
from tunewright.serve.gateway import Gateway, header, new_number, request_id
from tunewright.serve.keys import Key
from tunewright.serve.log import place
from tunewright.serve.problems import Problem
from tunewright.serve.route import Route
from tunewright.serve.shadow import Shadows
from tunewright.serve.watch import Gone, Late, Watched


def paths(gateway: Gateway) -> list[BaseRoute]:
    """Where answers are asked for."""
    shadows = Shadows()
    gateway.ending.append(shadows.stop)
    return [Path("/v1/chat/completions", Completions(gateway, ChatAsked, shadows), methods=["POST"]),
            Path("/v1/completions", Completions(gateway, TextAsked, shadows), methods=["POST"])]


class Completions:
    """One of the two paths: an ASGI application of its own, since what wraps a request costs more than reading it."""

    def __init__(self, gateway: Gateway, kind: type[Asked], shadows: Shadows) -> None:
        self._gateway = gateway
        self._shadows = shadows
        self._kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or tell why not. Nothing is told to a client that has gone away."""
        number = new_number()
        told_id = request_id(scope, number)
        try:
            key = self._gateway.enter(scope)
            self._gateway.admit(key)
            asked = parse(self._kind, await read(scope, receive, self._gateway.spec.limits),
                          self._gateway.engine.offers)
            async with Watched(scope, receive, self._gateway.spec.limits.answer):
                await self._in_turn(key, asked, told_id, number, scope, receive, send)
        except Gone:
            return
        except Late:
            problem = Problem(504, f"the answer took longer than {self._gateway.spec.limits.answer:.0f} s: ask for "
                              "less.", code="answer_too_slow")
            await problem.response({"x-request-id": told_id})(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - nothing of ours may reach a client as a stack of frames
            problem = error if isinstance(error, Problem) else self._unforeseen(told_id, error)
            self._gateway.refused(scope, problem, told_id)
            ends = {"connection": "close"} if problem.status in (408, 413, 503) else {}
            await problem.response({"x-request-id": told_id, **ends})(scope, receive, send)

    def _unforeseen(self, told_id: str, error: Exception) -> Problem:
        self._gateway.say("serve", f"request {told_id} failed ({place(error)}): this is a fault of the gateway.")
        return Problem(500, "the gateway failed on this request: look at its log.", code="internal")

    async def _in_turn(self, key: Key, asked: Asked, told_id: str, number: str, scope: Scope, receive: Receive,
                       send: Send) -> None:
        """Take a place among the answers under way, and answer. Raises Problem for what reaches no release."""
        spare = None
        try:
            await self._gateway.places.take()
        except Problem:
            spare = await self._beyond(key, asked)
            if spare is None:
                raise
        started = time.monotonic()
        try:
            ended = await self._answered(key, asked, told_id, number, scope, send, spare)
            if ended:
                told = {name.decode(): value.decode() for name, value in ended.headers}
                await ended.problem.response(told)(scope, receive, send)
        finally:
            if spare is None:
                self._gateway.places.free(time.monotonic() - started)

    async def _beyond(self, key: Key, asked: Asked) -> Route | None:
        """Who answers what is more than the gateway's queue holds, on another engine."""
        route = await self._route(asked.model, key, b"")
        return self._gateway.routes.arms.elsewhere(route, "overload", asked, key.id)

    async def _answered(self, key: Key, asked: Asked, told_id: str, number: str, scope: Scope,
                        send: Send, spare: Route | None) -> reply.Ended | None:
        """Answer; if nothing of it was sent, and the release failed, let another answer. How it ended, if it came to
        nothing."""
        arms, budget = self._gateway.routes.arms, self._gateway.retries
        budget.asked(key.id)
        who = _who(key, asked) if arms.split(asked.model) else b""
        tried = [spare or arms.well(await self._route(asked.model, key, who), asked, key.id)]
        cause = "overload" if spare else "resting"
        while True:
            route = tried[-1]
            if route.other:
                self._gateway.metrics.fallbacks.labels(asked.model, cause).inc()
            answer = await self._admitted(route, key, asked, told_id, number, scope)
            try:
                with route:
                    well = await (reply.stream if asked.stream else reply.whole)(answer, send)
            except reply.Ended as ended:
                failed = ended.problem.status >= 500
                route.breaker.ended(key.id, answer.prompt_digest, well=not failed)
                cause = "timeout" if ended.problem.status == 504 else "error"
                other = arms.instead(tried, cause, asked, key.id) if failed else None
                if other is None or not budget.take(key.id):
                    return ended
                tried, number = [*tried, other], new_number()
                continue
            route.breaker.ended(key.id, answer.prompt_digest, well=well)
            if who:
                self._shadows.show(answer, arms.shadows(route, who))
            return None

    async def _admitted(self, route: Route, key: Key, asked: Asked, told_id: str, number: str,
                        scope: Scope) -> Answer:
        """The answer, bound to its route, its prompt as the policy lets it through."""
        found: tuple[dict[str, int], dict[str, int]] = ({}, {})
        engine = route.other.engine if route.other else self._gateway.engine
        request = prepare(engine, asked, asked.request(route.model, route.spec.new_tokens), route.policy)
        request = await route.policy.prompt(request, found[0])
        try:
            digest = prompt_digest(request)
        except (ValueError, RecursionError) as error:  # half a character, say: no audit record could hold it
            raise Problem(400, f"the body holds what JSON cannot say ({error}).") from error
        arm = self._gateway.routes.arms.of(route) if "@" not in asked.model else ""
        span = None
        if self._gateway.traces:
            span, carried = self._gateway.traces.begin(f"chat {route.reference}" if isinstance(asked, ChatAsked)
                                                       else f"text_completion {route.reference}",
                                                       header(scope, b"traceparent"))
            request = replace(request, trace=carried)
        return Answer(self._gateway, key, asked, route, request, told_id, number, digest, found, arm, span=span)

    async def _route(self, model: str, key: Key, who: bytes) -> Route:
        try:
            return await self._gateway.routes.admit(model, key.sees, who, key.id)
        except Fault as fault:
            raise Problem(404, str(fault), param="model", code="model_not_found") from fault


def _who(key: Key, asked: Asked) -> bytes:
    """The user or the conversation that asks."""
    said = [message.plain() for message in asked.messages] if isinstance(asked, ChatAsked) else [
        {"role": "user", "content": asked.text}] if isinstance(asked, TextAsked) else None
    return cohort(key.id, asked.user, said)
