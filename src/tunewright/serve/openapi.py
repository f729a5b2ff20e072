"""`GET /openapi.json`: what can be asked and what comes back, made from the very models that check requests."""

from collections.abc import Iterable, Set
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from tunewright.serve import files, jobs
from tunewright.serve.asked import ChatAsked, TextAsked
from tunewright.serve.feedback.give import Feedback
from tunewright.serve.gateway import Gateway
from tunewright.serve.shapes import SHAPES, ref

Told = dict[str, Any]

_REFUSED = {
    400: "What was sent is not what is taken: no JSON, a missing or wrong field, a prompt longer than the model reads.",
    401: "No API key, or not a good one.",
    404: "There is none by that name, or none that this key sees.",
    408: "Headers or body did not come in time.",
    409: "A job that has not ended needs the file.",
    413: "The body is too large.",
    422: "A field that is understood and not offered, or an answer that the policy or the form did not let through.",
    429: "The key's minute or month is used up, or the gateway is busy: see Retry-After.",
    431: "The headers are larger than 64 KiB.",
    500: "The engine failed, or what had to be kept could not be.",
    503: "The engine cannot answer now, or the gateway is stopping: see Retry-After.",
    504: "The answer took too long."}
_NO_PENALTY: Told = {"enum": [0, None]}
_BOTH: Told = {"logit_bias": {"type": ["object", "null"], "maxProperties": 0}, "presence_penalty": _NO_PENALTY,
               "frequency_penalty": _NO_PENALTY}
_NOT_WANTED: dict[str, Told] = {
    "ChatAsked": {**_BOTH, "logprobs": {"enum": [False, None]}, "tool_choice": {"enum": ["none", "auto", None]},
                  "functions": {"type": ["array", "null"], "maxItems": 0}, "web_search_options": {"type": "null"},
                  "function_call": {"enum": ["none", "auto", None]}, "modalities": {"enum": [["text"], [], None]}},
    "TextAsked": {**_BOTH, "logprobs": {"type": "null"}, "echo": {"enum": [False, None]},
                  "suffix": {"enum": ["", None]}, "best_of": {"enum": [1, None]}}}
"""What a field may say that the engine does not offer, as `beyond` of the body sees it."""
_ANY = (400, 408, 431, 500)
"""What may come of any request, whatever it asks for."""
_ENTERED = (*_ANY, 401, 503)
"""What may come of a request that needs a key."""
_ID = "$response.body#/id"
_LATER = {"Retry-After": {"description": "Seconds after which to ask again.",
                          "schema": {"type": "integer", "minimum": 1}}}


def paths(gateway: Gateway) -> list[BaseRoute]:
    """The document; it names no release, and needs no key."""
    told = document(takes_jobs=gateway.service is not None, offers=gateway.engine.offers)

    async def openapi(_request: Request) -> Response:
        return JSONResponse(told if gateway.keys.known else {**told, "security": []})

    return [Path("/openapi.json", openapi)]


def document(*, takes_jobs: bool, offers: Set[str] = frozenset()) -> Told:
    """The OpenAPI 3.1 document of a gateway with keys, whose engine `offers` some fields that not every one does.

    A gateway that takes no jobs has no paths of files and jobs, and tells of none.
    """
    models = (ChatAsked, TextAsked, Feedback, *((files.Upload, jobs.JobAsked) if takes_jobs else ()))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tunewright gateway", "version": version("tunewright"),
                 "description": "OpenAI's API in front of releases; every answer says which one gave it."},
        "paths": {**_questions(), **_looks(), **({**_files(), **_jobs()} if takes_jobs else {})},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {**_schemas(models, offers), **SHAPES}},
        "security": [{"key": []}]}


def _questions() -> Told:
    late = (404, 413, 422, 429, 504)
    return {
        "/v1/chat/completions": {"post": _does(
            "answerConversation", "Answer a conversation.", _streamed("ChatCompletion"), *late, body=ChatAsked)},
        "/v1/completions": {"post": _does(
            "completeText", "Complete raw text.", _streamed("TextCompletion"), *late, body=TextAsked)},
        "/v1/feedback": {"post": _does(
            "giveFeedback", "Say what an answer was worth.", {
                "201": _json("It is kept.", "FeedbackKept"),
                "202": _json("It is kept, and counts when another gateway's answer can be seen.", "FeedbackKept")},
            404, 413, 429, body=Feedback)}}


def _looks() -> Told:
    free: Told = {"security": []}
    return {
        "/v1/models": {"get": _does("listModels", "What can be asked for.", _found("ModelList"))},
        "/v1/models/{model}": {"get": _does("retrieveModel", "One model.", _found("Model"), 404),
                               "parameters": [_in_path("model")]},
        "/healthz": {"get": {**free, "operationId": "health", "summary": "Whether the gateway answers.", "responses": {
            "200": _json("It does.", "Health"), "503": _json("It does not, or is stopping.", "Health"),
            **_refused(_ANY)}}},
        "/metrics": {"get": _does("metrics", "Figures for Prometheus.", {"200": {
            "description": "The text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}})},
        "/openapi.json": {"get": {**free, "operationId": "document", "summary": "This document.", "responses": {
            **_found("Document"), **_refused(_ANY)}}}}


def _files() -> Told:
    kept = _found("File")
    kept["200"]["links"] = {**_links("file", "retrieveFile", "fileContent", "deleteFile"),
                            "createJob": {"operationId": "createJob", "requestBody": {"training_file": _ID}}}
    return {
        "/v1/files": {
            "get": _does("listFiles", "The files that this key uploaded.", _found("FileList"), query=files.Wanted),
            "post": {**_does("uploadFile", "Upload records for a job.", kept, 413),
                     "requestBody": {"required": True, "content": {"multipart/form-data": {
                         "schema": ref("Upload"), "encoding": {"file": {"contentType": files.LINES}}}}}}},
        "/v1/files/{file}": {
            "get": _does("retrieveFile", "One file.", _found("File"), 404),
            "delete": _does("deleteFile", "Delete a file.", _found("FileGone"), 404, 409),
            "parameters": [_in_path("file")]},
        "/v1/files/{file}/content": {
            "get": _does("fileContent", "What was uploaded.", {"200": {
                "description": "Its bytes.", "content": {"application/octet-stream": {}}}}, 404),
            "parameters": [_in_path("file")]}}


def _jobs() -> Told:
    base, one = "/v1/fine_tuning/jobs", {"parameters": [_in_path("job")]}
    made = _found("Job")
    made["200"]["links"] = _links("job", "retrieveJob", "pauseJob", "resumeJob", "cancelJob", "jobEvents",
                                  "jobCheckpoints")
    return {
        base: {"get": _does("listJobs", "The jobs that this key made.", _found("JobList"), query=jobs.Wanted),
               "post": _does("createJob", "Fine-tune on uploaded files.", made, 413, 422, body=jobs.JobAsked)},
        f"{base}/{{job}}": {"get": _does("retrieveJob", "One job.", _found("Job"), 404), **one},
        **{f"{base}/{{job}}/{word}": {"post": _does(f"{word}Job", f"{word.capitalize()} a job.", _found("Job"), 404),
                                      **one} for word in jobs.MOVES},
        f"{base}/{{job}}/events": {"get": _does("jobEvents", "What happened to a job.", _found("JobEventList"), 404,
                                                query=jobs.Wanted), **one},
        f"{base}/{{job}}/checkpoints": {"get": _does("jobCheckpoints", "The checkpoint that a job kept.",
                                                     _found("JobCheckpointList"), 404), **one}}


def _does(name: str, summary: str, answers: Told, *refused: int, body: type[BaseModel] | None = None,
          query: type[BaseModel] | None = None) -> Told:
    """An operation that needs a key; `body` and `query` are the models that check what it is sent."""
    sent: Told = {} if body is None else {
        "requestBody": {"required": True, "content": {"application/json": {"schema": ref(body.__name__)}}}}
    asked: Told = {} if query is None else {"parameters": _in_query(query)}
    return {"operationId": name, "summary": summary, **asked, **sent,
            "responses": {**answers, **_refused((*_ENTERED, *refused))}}


def _refused(codes: Iterable[int]) -> Told:
    return {str(code): _json(_REFUSED[code], "Error") | ({"headers": _LATER} if code in (429, 503) else {})
            for code in sorted(codes)}


def _found(shape: str) -> Told:
    return {"200": _json("Found.", shape)}


def _streamed(shape: str) -> Told:
    return {"200": {"description": "The answer. If `stream` is true, server-sent events, each with a piece; `[DONE]` "
                                   "is the last.", "content": {
        "application/json": {"schema": ref(shape)}, "text/event-stream": {}},
        "links": {"giveFeedback": {"operationId": "giveFeedback", "requestBody": {"id": _ID}}}}}


def _json(what: str, shape: str) -> Told:
    return {"description": what, "content": {"application/json": {"schema": ref(shape)}}}


def _links(parameter: str, *operations: str) -> Told:
    """What the answer's id can be used for."""
    return {name: {"operationId": name, "parameters": {parameter: _ID}} for name in operations}


def _in_path(name: str) -> Told:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _in_query(kind: type[BaseModel]) -> list[Told]:
    """The fields of a model as a query's parameters, which have no null."""
    return [{"name": name, "in": "query", "required": False, "schema": next(
        (part for part in field.get("anyOf", ()) if part != {"type": "null"}), field)}
        for name, field in kind.model_json_schema()["properties"].items()]


def _schemas(kinds: Iterable[type[BaseModel]], offers: Set[str]) -> Told:
    """The schemas of bodies; a field that the engine does not offer may only say that it is not wanted."""
    _, told = models_json_schema([(kind, "validation") for kind in kinds],
                                 ref_template="#/components/schemas/{model}")
    found: Told = told["$defs"]
    for body, fields in _NOT_WANTED.items():
        found[body]["properties"] |= {name: schema for name, schema in fields.items() if name not in offers}
    return found
