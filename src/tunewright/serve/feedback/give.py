"""`POST /v1/feedback`: what a client says of an answer that its key was given.

Feedback is a record of the audit trail, chained and as safe on disk as that of the answer before it is acknowledged.
It names release and user as the answer's record does, and keeps texts only if that one does.
"""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tunewright.core.errors import Corrupt, Fault
from tunewright.serve.audit.feedback import bare, may, record
from tunewright.serve.body import read
from tunewright.serve.checked import WHOLE, checked
from tunewright.serve.gateway import Gateway, new_number
from tunewright.serve.keys import Key
from tunewright.serve.problems import Problem
from tunewright.serve.watch import Gone

_SAID = ("thumbs", "score", "correction", "comment")
_SEARCHES = 2  # looks into the trail at once: each may read some megabytes


class Feedback(BaseModel):
    """Body of `/v1/feedback`: a response's id and at least one thing said of it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, json_schema_extra={"anyOf": [
        {"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in _SAID]})

    id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z]+-[0-9a-f]+$")]
    """The response's id, `chatcmpl-…` or `cmpl-…`."""
    choice: Annotated[int, Field(ge=0, lt=16), WHOLE] = 0
    """Which of its answers is meant, where `n` asked for several."""
    thumbs: Literal["up", "down"] | None = None
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    """From 0 (bad) to 1 (good); unless given, that of the thumbs."""
    correction: Annotated[str, Field(min_length=1, max_length=1 << 16)] | None = None
    """What the answer should have been, whole."""
    comment: Annotated[str, Field(min_length=1, max_length=1 << 12)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Feedback":
        if all(getattr(self, name) is None for name in _SAID):
            raise ValueError("give thumbs, score, correction or comment")
        return self

    @property
    def figure(self) -> float | None:
        """The score, else that of the thumbs."""
        if self.score is None and self.thumbs:
            return float(self.thumbs == "up")
        return self.score

    @property
    def corrected(self) -> bool | None:
        """Whether the answer was put right; None if that is not told."""
        return True if self.correction is not None else False if self.thumbs == "up" else None

    @property
    def said(self) -> dict[str, Any]:
        """What is said, as the record has it."""
        told = {"score": self.figure, "corrected": self.corrected, "choice": self.choice}
        more = {"thumbs": self.thumbs, "correction": self.correction, "comment": self.comment}
        return {**told, **{name: value for name, value in more.items() if value is not None}}


def paths(gateway: Gateway) -> list[BaseRoute]:
    """Where feedback is given."""
    return [Route("/v1/feedback", _Give(gateway).give, methods=["POST"])]


class _Give:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._searches = asyncio.Semaphore(_SEARCHES)

    async def give(self, request: Request) -> Response:
        """Keep it, then acknowledge it. Raises Problem."""
        key = self._gateway.enter(request.scope)
        self._gateway.admit(key)
        try:
            told = checked(Feedback, await read(request.scope, request.receive, self._gateway.spec.limits))
        except Gone:
            return Response(status_code=499)
        answer, now = await self._answer(told, key), datetime.now(UTC)
        name, at = f"feedback-{new_number()}", now.isoformat(timespec="milliseconds")
        try:
            if answer is None:
                text = await self._wait(name, at, told, key)
            else:
                text = "answer" in answer
                await self._gateway.audit.keep(record(name, at, told.id, told.said, answer))
        except Fault as fault:
            self._gateway.say("feedback", str(fault))
            raise Problem(500, "this could not be kept: tell whoever runs the gateway.", code="not_kept") from fault
        return JSONResponse({"id": name, "object": "feedback", "of": told.id, "created": int(now.timestamp()),
                             "text_kept": text}, 202 if answer is None else 201)

    async def _wait(self, name: str, at: str, told: Feedback, key: Key) -> bool:
        """Keep it until the record of the answer can be seen; whether its words are kept until then. They are if the
        trail keeps those of any release here."""
        text = any(route.policy.keeps_text for route in self._gateway.routes.listed().values())
        await self._gateway.pending.add(name, at, told.id, key.id, told.said if text else bare(told.said))
        return text

    async def _answer(self, told: Feedback, key: Key) -> dict[str, Any] | None:
        """The record of the answer, if this key was given it: another's answer is told as none. None if another machine
        may have given it, and its record cannot be seen yet. Raises Problem.
        """
        async with self._searches:
            try:
                found = await asyncio.to_thread(self._gateway.audit.look, told.id)
            except Corrupt as error:
                raise Problem(500, "the record of this answer was changed: tell whoever runs the gateway.",
                              code="not_kept") from error
            except Fault as fault:
                self._gateway.say("feedback", str(fault))
                raise Problem(503, "the record of this answer cannot be read now: tell whoever runs the gateway.",
                              code="not_kept", retry_after=60.0) from fault
        if found is None and self._gateway.pending.takes(told.id):
            if self._gateway.pending.full:
                raise Problem(503, "too much feedback waits for the records of other gateways: ask again later.",
                              code="not_kept", retry_after=60.0)
            return None
        if found is None or not may(found, key.id):
            raise Problem(404, f"no answer with id {told.id} was given to this key.", param="id",
                          code="answer_not_found")
        return found
