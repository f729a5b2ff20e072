"""`/v1/fine_tuning/jobs`: fine-tuning jobs in OpenAI's shape. A key sees the jobs that it made.

What a job may say is name (`suffix`), files, method and its settings, and a seed; the rest is the operator's recipe.
A worker (`tunewright work`) runs them.
"""

import asyncio
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tunewright.core.errors import Fault
from tunewright.serve.body import read
from tunewright.serve.checked import WHOLE, checked, checked_fields, says
from tunewright.serve.files import Answers, at, page
from tunewright.serve.gateway import Gateway
from tunewright.serve.keys import Key
from tunewright.serve.problems import Problem
from tunewright.serve.watch import Gone
from tunewright.tuning import Event, Job, Service
from tunewright.tuning.job import Status
from tunewright.tuning.rows import check

Auto = Literal["auto"]
MOVES: dict[str, Status] = {"cancel": "cancelled", "pause": "paused", "resume": "queued"}
"""What can be done to a job: the last part of the path, and the status that it gives."""


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


Suffix = Annotated[str, Field(min_length=1, max_length=64, json_schema_extra={"pattern": "[A-Za-z0-9]"})]


class Hyperparameters(_Body):
    """What may be set; `auto` is the operator's recipe."""

    n_epochs: Annotated[Auto | Annotated[int, Field(ge=1, le=50), WHOLE],
                        says("it is `auto` or a whole number from 1 to 50")] = "auto"
    batch_size: Annotated[Auto | Annotated[int, Field(ge=1, le=256), WHOLE],
                          says("it is `auto` or a whole number from 1 to 256")] = "auto"
    learning_rate_multiplier: Annotated[Auto | Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)],
                                        says("it is `auto` or a number above 0, 100 at most")] = "auto"
    beta: Annotated[Auto | Annotated[float, Field(gt=0, le=2, allow_inf_nan=False)],
                    says("it is `auto` or a number above 0, 2 at most")] = "auto"


class Settings(_Body):
    """The settings of one method."""

    hyperparameters: Hyperparameters | None = None


class MethodAsked(_Body):
    """How to learn."""

    type: Literal["supervised", "dpo"] = "supervised"
    supervised: Settings | None = None
    dpo: Settings | None = None


class JobAsked(_Body):
    """Body of a new job."""

    model: Annotated[str, Field(min_length=1)]
    training_file: Annotated[str, Field(min_length=1)]
    validation_file: str | None = None
    suffix: Suffix | None = None
    seed: Annotated[int, Field(ge=0, lt=1 << 31), WHOLE] | None = None
    method: MethodAsked | None = None
    hyperparameters: Hyperparameters | None = None
    metadata: Annotated[dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]],
                        Field(max_length=16)] | None = None
    integrations: list[Any] | None = None

    @property
    def settings(self) -> Hyperparameters:
        """The method's settings; those beside it are the older way to say them."""
        asked = self.method or MethodAsked()
        chosen = asked.dpo if asked.type == "dpo" else asked.supervised
        return (chosen.hyperparameters if chosen else self.hyperparameters) or Hyperparameters()

    @property
    def kind(self) -> Literal["supervised", "dpo"]:
        """What its lines are."""
        return self.method.type if self.method else "supervised"


class Wanted(BaseModel):
    """What a list is asked for, in a query."""

    after: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


def paths(gateway: Gateway) -> list[BaseRoute]:
    """Nothing unless the gateway takes jobs."""
    if gateway.service is None:
        return []
    on, jobs = _Jobs(gateway, gateway.service), "/v1/fine_tuning/jobs"
    return [at(jobs, GET=on.listed, POST=on.create), at(f"{jobs}/{{job}}", GET=on.one),
            *(at(f"{jobs}/{{job}}/{word}", POST=on.move(status)) for word, status in MOVES.items()),
            at(f"{jobs}/{{job}}/events", GET=on.events), at(f"{jobs}/{{job}}/checkpoints", GET=on.checkpoints)]


class _Jobs:
    def __init__(self, gateway: Gateway, service: Service) -> None:
        self._gateway = gateway
        self._service = service

    async def create(self, request: Request) -> Response:
        key = self._gateway.enter(request.scope)
        try:
            asked = checked(JobAsked, await read(request.scope, request.receive, self._gateway.spec.limits))
        except Gone:
            return Response(status_code=499)
        base = self._service.template.base.name
        if asked.model != base:
            raise Problem(400, f"model: jobs here start from {base}, and not from {asked.model}.", param="model",
                          code="model_not_found")
        if asked.integrations:
            raise Problem(422, "integrations are not offered here: leave them out.", param="integrations",
                          code="unsupported_parameter")
        name = _name(asked.suffix, key, base)
        await asyncio.to_thread(self._readable, asked, key)
        job = await asyncio.to_thread(self._service.jobs.add, {
            "name": name, "model": asked.model, "training_file": asked.training_file,
            "validation_file": asked.validation_file, "seed": asked.seed or 0, "method": asked.kind,
            "hyperparameters": asked.settings.model_dump(), "metadata": asked.metadata or {}}, key.id)
        return JSONResponse(described(job))

    def _readable(self, asked: JobAsked, key: Key) -> None:
        """Raises Problem for a file that is not there, or holds a line that cannot be learned from."""
        for param in ("training_file", "validation_file"):
            file_id = getattr(asked, param)
            if file_id is None:
                continue
            try:
                file = self._service.files.get(file_id, key.id)
                check(self._service.files.lines(file), file.name, asked.kind)
            except Fault as fault:
                raise Problem(400, str(fault), param=param, code=f"invalid_{param}") from fault

    async def listed(self, request: Request) -> Response:
        key = self._gateway.enter(request.scope)
        wanted = checked_fields(Wanted, request.query_params.multi_items())
        found, more = await asyncio.to_thread(self._service.jobs.page, key.id, wanted.after, wanted.limit)
        return page([described(job) for job in found], more=more)

    async def one(self, request: Request) -> Response:
        return JSONResponse(described(await self._job(request)))

    def move(self, status: Status) -> Answers:
        """The path that gives a job this status."""

        async def moved(request: Request) -> Response:
            job = await self._job(request)
            try:
                return JSONResponse(described(await asyncio.to_thread(self._service.jobs.move, job, status)))
            except Fault as fault:
                raise Problem(400, str(fault), code="invalid_status") from fault

        return moved

    async def events(self, request: Request) -> Response:
        job, wanted = await self._job(request), checked_fields(Wanted, request.query_params.multi_items())
        found, more = await asyncio.to_thread(self._service.jobs.events, job, wanted.after, wanted.limit)
        return page([_event(event) for event in found], more=more)

    async def checkpoints(self, request: Request) -> Response:
        """The one that was kept: that of the lowest validation loss, which is the job's model."""
        job = await self._job(request)
        return page([_checkpoint(job)] if "release" in job.found else [], more=False)

    async def _job(self, request: Request) -> Job:
        key = self._gateway.enter(request.scope)
        try:
            return await asyncio.to_thread(self._service.jobs.get, request.path_params["job"], key.id)
        except Fault as fault:
            raise Problem(404, str(fault), param="fine_tuning_job_id", code="job_not_found") from fault


def _name(suffix: str | None, key: Key, base: str) -> str:
    """The name of the job's releases. Raises Problem for one that the key does not see."""
    if suffix is None and len(key.names) == 1:
        return key.names[0]
    name = re.sub(r"[^a-z0-9._-]+", "-", (suffix or f"tuned-{base}").lower()).strip("-._")[:63]
    if not name:
        raise Problem(400, "suffix: it should hold a letter or a digit.", param="suffix")
    if not key.sees(name):
        raise Problem(400, f"suffix: this key sees {', '.join(key.names)} only, so a job's models must be called so.",
                      param="suffix", code="name_not_seen")
    return name


def described(job: Job) -> dict[str, Any]:
    """A job in OpenAI's shape. A model whose gate did not pass is not named: nothing may answer with it."""
    asked, error = job.asked, job.found.get("error")
    settings = {name: part for name, part in asked["hyperparameters"].items()
                if name != "beta" or asked["method"] == "dpo"}
    return {"id": job.id, "object": "fine_tuning.job", "created_at": job.at, "finished_at": job.ended,
            "status": job.status, "model": asked["model"], "training_file": asked["training_file"],
            "validation_file": asked["validation_file"], "seed": asked["seed"], "metadata": asked["metadata"],
            "fine_tuned_model": job.found.get("release") if job.status == "succeeded" else None,
            "trained_tokens": job.found.get("tokens"), "error": error, "hyperparameters": settings,
            "method": {"type": asked["method"], asked["method"]: {"hyperparameters": settings}},
            "organization_id": "tunewright", "result_files": [], "integrations": [], "estimated_finish": None}


def _event(event: Event) -> dict[str, Any]:
    return {"object": "fine_tuning.job.event", "id": event.id, "created_at": event.at, "level": event.level,
            "message": event.message, "data": event.data, "type": "metrics" if event.data else "message"}


def _checkpoint(job: Job) -> dict[str, Any]:
    metrics = job.found["metrics"]
    told = {ours: metrics[theirs] for ours, theirs in (("train_loss", "loss"), ("valid_loss", "validation"))
            if theirs in metrics}
    return {"object": "fine_tuning.job.checkpoint", "id": job.id.replace("ftjob", "ftckpt"), "created_at": job.ended,
            "fine_tuned_model_checkpoint": job.found["release"], "fine_tuning_job_id": job.id,
            "metrics": {"step": job.found["steps"], **told}, "step_number": job.found["steps"]}
