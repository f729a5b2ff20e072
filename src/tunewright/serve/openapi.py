"""`GET /openapi.json`: what can be asked and what comes back, made from the very models that check requests."""

from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from tunewright.serve.asked import ChatAsked, TextAsked
from tunewright.serve.feedback.give import Feedback
from tunewright.serve.gateway import Gateway

_REFUSED = {
    400: "Not JSON, a missing or wrong field, or a prompt longer than the model reads.",
    401: "No API key, or not a good one.",
    404: "No such model or answer, or none that this key sees.",
    408: "The body did not come in time.",
    413: "The body is too large.",
    422: "A field that is understood and not offered, or an answer that the policy or the form did not let through.",
    429: "The key's minute or month is used up, or the gateway is busy: see Retry-After.",
    500: "The engine failed, or the answer could not be recorded.",
    503: "The engine cannot answer now, or the gateway is stopping: see Retry-After.",
    504: "The answer took too long."}
_OPEN = (401, 503)


def paths(_gateway: Gateway) -> list[BaseRoute]:
    """The document; it names no release, and needs no key."""
    told = document()

    async def openapi(_request: Request) -> Response:
        return JSONResponse(told)

    return [Path("/openapi.json", openapi)]


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tunewright gateway", "version": version("tunewright"),
                 "description": "OpenAI's API in front of releases; every answer says which one gave it."},
        "paths": {
            "/v1/chat/completions": {"post": _question(ChatAsked, "Answer a conversation.", "ChatCompletion")},
            "/v1/completions": {"post": _question(TextAsked, "Complete raw text.", "TextCompletion")},
            "/v1/feedback": {"post": {
                "summary": "Say what an answer was worth.",
                "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("Feedback")}}},
                "responses": {"201": _json("It is kept.", "FeedbackKept"),
                              **_errors((400, 401, 404, 408, 413, 429, 500, 503))}}},
            "/v1/models": {"get": _look("What can be asked for.", "ModelList")},
            "/v1/models/{model}": {"get": {**_look("One model.", "Model", 404), "parameters": [
                {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}]}},
            "/healthz": {"get": {"summary": "Whether the gateway answers.", "security": [], "responses": {
                "200": _json("It does.", "Health"), "503": _json("It does not, or is stopping.", "Health")}}},
            "/metrics": {"get": {"summary": "Figures for Prometheus.", "responses": {
                "200": {"description": "The text format.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                **_errors((401,))}}}},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {**_schemas(ChatAsked, TextAsked, Feedback), **_ANSWERS}},
        "security": [{"key": []}]}


def _question(kind: type[BaseModel], summary: str, answer: str) -> dict[str, Any]:
    return {"summary": summary,
            "requestBody": {"required": True, "content": {"application/json": {"schema": _ref(kind.__name__)}}},
            "responses": {"200": {"description": "The answer; server-sent events, if `stream` is true.", "content": {
                "application/json": {"schema": _ref(answer)}, "text/event-stream": {"schema": {"type": "string"}}}},
                **_errors(_REFUSED)}}


def _look(summary: str, answer: str, *refused: int) -> dict[str, Any]:
    return {"summary": summary, "responses": {"200": _json("Found.", answer), **_errors((*_OPEN, *refused))}}


def _errors(codes: Any) -> dict[str, Any]:
    return {str(code): _json(_REFUSED[code], "Error") for code in codes}


def _json(what: str, schema: str) -> dict[str, Any]:
    return {"description": what, "content": {"application/json": {"schema": _ref(schema)}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas(*kinds: type[BaseModel]) -> dict[str, Any]:
    _, told = models_json_schema([(kind, "validation") for kind in kinds],
                                 ref_template="#/components/schemas/{model}")
    found: dict[str, Any] = told["$defs"]
    return found


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


_TEXT, _NUMBER, _MAYBE = {"type": "string"}, {"type": "integer"}, {"type": ["string", "null"]}
_USAGE = _object(["prompt_tokens", "completion_tokens", "total_tokens"], prompt_tokens=_NUMBER,
                 completion_tokens=_NUMBER, total_tokens=_NUMBER)


def _answer(kind: str, **content: Any) -> dict[str, Any]:
    choice = _object(["index", "finish_reason", *content], index=_NUMBER, finish_reason=_TEXT, **content)
    return _object(["id", "object", "created", "model", "system_fingerprint", "choices", "usage"], id=_TEXT,
                   object={"const": kind}, created=_NUMBER, model=_TEXT, system_fingerprint=_TEXT,
                   choices={"type": "array", "items": choice}, usage=_USAGE)


_ANSWERS: dict[str, Any] = {
    "ChatCompletion": _answer("chat.completion", message=_object(["role", "content"], role=_TEXT, content=_MAYBE)),
    "TextCompletion": _answer("text_completion", text=_TEXT),
    "Model": _object(["id", "object", "created", "owned_by", "release"], id=_TEXT, object={"const": "model"},
                     created=_NUMBER, owned_by=_TEXT, release=_TEXT, status=_TEXT,
                     shutdown_date={"type": "string", "format": "date"}),
    "ModelList": _object(["object", "data"], object={"const": "list"}, data={"type": "array", "items": _ref("Model")}),
    "FeedbackKept": _object(["id", "object", "of", "created", "text_kept"], id=_TEXT, object={"const": "feedback"},
                            of=_TEXT, created=_NUMBER, text_kept={"type": "boolean"}),
    "Health": _object(["status"], status={"enum": ["ok", "degraded", "down", "stopping"]}),
    "Error": _object(["error"], error=_object(["message", "type", "param", "code"], message=_TEXT, type=_TEXT,
                                              param=_MAYBE, code=_MAYBE))}
