"""`/v1/files`: uploads for fine-tuning jobs. A key sees the files that it uploaded."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message

from tunewright.core.errors import Fault
from tunewright.serve.checked import checked_fields, says
from tunewright.serve.gateway import Gateway
from tunewright.serve.problems import Problem
from tunewright.tuning import File, Service
from tunewright.tuning.file import PURPOSE
from tunewright.tuning.rows import check, lines

LINES = "application/jsonl"
"""The media type of JSON lines."""
Answers = Callable[[Request], Awaitable[Response]]


class Upload(BaseModel):
    """The form of a new file."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    purpose: Annotated[Literal["fine-tune"], says(f"only `{PURPOSE}` is taken here")]
    file: Annotated[UploadFile, WithJsonSchema({
        "type": "string", "format": "binary", "contentMediaType": LINES,
        "description": "JSON lines, each a conversation (`messages`), or each a pair (`input`, `preferred_output`, "
                       "`non_preferred_output`)."}), says("send the file itself as a part of the form")]


class Wanted(BaseModel):
    """What a list is asked for, in a query."""

    after: str | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 10_000
    order: Literal["asc", "desc"] = "desc"
    purpose: str | None = None


def paths(gateway: Gateway) -> list[BaseRoute]:
    """Nothing unless the gateway takes jobs."""
    if gateway.service is None:
        return []
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # clients are told what ails their forms
    on = _Files(gateway, gateway.service)
    return [at("/v1/files", GET=on.listed, POST=on.upload), at("/v1/files/{file}", GET=on.one, DELETE=on.delete),
            at("/v1/files/{file}/content", GET=on.content)]


def at(path: str, **answers: Answers) -> Route:
    """One path with an answer for each method, so that `Allow` names them all."""

    async def answer(request: Request) -> Response:
        return await answers["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, answer, methods=[*answers])


class _Files:
    def __init__(self, gateway: Gateway, service: Service) -> None:
        self._gateway = gateway
        self._service = service
        self._files = service.files

    async def upload(self, request: Request) -> Response:
        key = self._gateway.enter(request.scope)
        limits = self._gateway.spec.limits
        bounded = Request(request.scope, _Bounded(request, limits.upload).receive)
        try:
            async with asyncio.timeout(limits.answer), bounded.form(max_files=1, max_fields=16) as form:
                if any(name.startswith("expires_after") for name in form):
                    raise Problem(422, "expires_after is not offered here: leave it out, and delete the file when its "
                                  "time is over.", param="expires_after", code="unsupported_parameter")
                asked = checked_fields(Upload, form.multi_items())
                made = await asyncio.to_thread(self._keep, asked.file, key.id)
        except TimeoutError:
            raise Problem(408, f"the upload did not end within {limits.answer:.0f} s: send it faster, or in parts.",
                          code="body_too_slow") from None
        except HTTPException as error:
            raise Problem(400, f"the form cannot be read ({error.detail}): send multipart/form-data.") from error
        except Fault as fault:
            raise Problem(500, str(fault), code="not_kept") from fault
        return JSONResponse(described(made))

    def _keep(self, upload: UploadFile, key: str) -> File:
        """Keep a file whose every line can be learned from. Raises Problem (400) for another."""
        name = _name(upload.filename or "")
        try:
            check(lines(iter(partial(upload.file.read, 1 << 20), b"")), name)
        except Fault as fault:
            raise Problem(400, str(fault), param="file", code="invalid_file") from fault
        upload.file.seek(0)
        return self._files.add(upload.file, key=key, name=name)

    async def listed(self, request: Request) -> Response:
        key = self._gateway.enter(request.scope)
        wanted = checked_fields(Wanted, request.query_params.multi_items())
        if wanted.purpose not in (None, PURPOSE):
            return page([], more=False)
        found, more = await asyncio.to_thread(self._files.page, key.id, wanted.after, wanted.limit,
                                              oldest=wanted.order == "asc")
        return page([described(file) for file in found], more=more)

    async def one(self, request: Request) -> Response:
        return JSONResponse(described(await self._file(request)))

    async def content(self, request: Request) -> Response:
        file = await self._file(request)
        return Response(await asyncio.to_thread(self._files.content, file), media_type="application/octet-stream")

    async def delete(self, request: Request) -> Response:
        file = await self._file(request)
        job = await asyncio.to_thread(self._service.jobs.needs, file.id)
        if job:
            raise Problem(409, f"job {job} still needs {file.id}: cancel it first, or wait for its end.",
                          code="file_in_use")
        await asyncio.to_thread(self._files.delete, file)
        return JSONResponse({"id": file.id, "object": "file", "deleted": True})

    async def _file(self, request: Request) -> File:
        key = self._gateway.enter(request.scope)
        try:
            return await asyncio.to_thread(self._files.get, request.path_params["file"], key.id)
        except Fault as fault:
            raise Problem(404, str(fault), param="file_id", code="file_not_found") from fault


class _Bounded:
    """A request's body that ends in a Problem (413) when it is longer than may be."""

    def __init__(self, request: Request, most: int) -> None:
        self._request, self._most, self._size = request, most, 0

    async def receive(self) -> Message:
        message = await self._request.receive()
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            raise Problem(413, f"the upload is larger than {self._most >> 20} MiB: send less.", code="body_too_large")
        return message


def _name(told: str) -> str:
    """The last part of a file's name, of what can be printed."""
    name = "".join(letter for letter in Path(told.replace("\\", "/")).name if letter.isprintable())
    return name[:200] or "upload.jsonl"


def described(file: File) -> dict[str, Any]:
    """A file in OpenAI's shape."""
    return {"id": file.id, "object": "file", "bytes": file.size, "created_at": file.at, "expires_at": None,
            "filename": file.name, "purpose": file.purpose, "status": "processed", "status_details": None}


def page(data: list[dict[str, Any]], *, more: bool) -> Response:
    """A page of a list in OpenAI's shape."""
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {"first_id": None, "last_id": None}
    return JSONResponse({"object": "list", "data": data, **ends, "has_more": more})
