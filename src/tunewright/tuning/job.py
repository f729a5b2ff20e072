"""Jobs: a queue in a table. Whoever asks changes a job's status; a worker holds it by name while it runs it.

A paused or cancelled job stops because its worker sees the status change. A worker that died leaves an old beat, and
the job goes back into the queue, where its checkpoints make it go on. Beats are times of the workers' clocks, which
must agree within a second or two.
"""

import json
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.tuning import tables

Status = Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
_ID = re.compile(r"ftjob-[0-9a-f]{24}")
ENDED = frozenset({"succeeded", "failed", "cancelled"})
LOST = 10.0
"""Seconds without a beat after which a worker is taken for dead."""
_MOVES: dict[str, tuple[str, ...]] = {
    "cancelled": ("queued", "running", "paused"), "paused": ("queued", "running"), "queued": ("paused",)}


@dataclass(frozen=True)
class Job:
    """One job. `asked` is what was asked for, `found` what came of it (`release`, `tokens`, `error`, `steps`)."""

    id: str
    key: str
    at: int
    status: Status
    asked: dict[str, Any]
    found: dict[str, Any] = field(default_factory=dict)
    ended: int | None = None
    worker: str | None = None
    beat: float | None = None


@dataclass(frozen=True)
class Event:
    """Something that happened to a job; `data` has figures if it is about those."""

    number: int
    at: int
    level: Literal["info", "warn", "error"]
    message: str
    data: dict[str, Any]

    @property
    def id(self) -> str:
        """Its name, unique in a home."""
        return f"ftevent-{self.number}"


class Jobs:
    """The jobs of a home. Each is seen by the key that made it, and by no other."""

    def __init__(self, home: Home) -> None:
        self._engine = tables.opened(home)

    def add(self, asked: dict[str, Any], key: str) -> Job:
        """Put a job at the end of the queue."""
        job = Job(f"ftjob-{secrets.token_hex(12)}", key, int(time.time()), "queued", asked)
        with self._engine.begin() as connection:
            connection.execute(tables.jobs.insert().values(
                id=job.id, key=key, at=job.at, status=job.status, asked=json.dumps(asked), found="{}"))
        self.tell(job.id, "job created")
        return job

    def get(self, job_id: str, key: str | None = None) -> Job:
        """Raises Fault if there is no such job, or it is another key's. None is the worker, who sees all."""
        mine = tables.jobs.c.id == job_id if key is None else sa.and_(tables.jobs.c.id == job_id,
                                                                       tables.jobs.c.key == key)
        row = None
        if _ID.fullmatch(job_id):  # what is no id of ours may hold what a database cannot be asked for
            with self._engine.connect() as connection:
                row = connection.execute(sa.select(tables.jobs).where(mine)).first()
        if row is None:
            raise Fault(f"no job is called {job_id[:64]}: list your jobs.")
        return _job(row)

    def page(self, key: str, cursor: str | None, limit: int) -> tuple[list[Job], bool]:
        """Jobs of a key, newest first, and whether more follow."""
        rows, more = tables.after(self._engine, tables.jobs, tables.jobs.c.key == key, cursor, limit, oldest=False)
        return [_job(row) for row in rows], more

    def move(self, job: Job, status: Status) -> Job:
        """Cancel, pause or resume (`queued`) a job. Raises Fault if its status does not allow it."""
        ended = int(time.time()) if status in ENDED else None
        with self._engine.begin() as connection:
            allowed = sa.and_(tables.jobs.c.id == job.id, tables.jobs.c.status.in_(_MOVES[status]))
            done = connection.execute(tables.jobs.update().where(allowed).values(status=status, ended=ended))
        if done.rowcount != 1:
            raise Fault(f"job {job.id} is {self.get(job.id).status}: only {' or '.join(_MOVES[status])} ones can be "
                        f"{'resumed' if status == 'queued' else status}.")
        self.tell(job.id, "job resumed" if status == "queued" else f"job {status}")
        return self.get(job.id)

    def claim(self, worker: str) -> Job | None:
        """The oldest queued job that no worker holds, now this one's; None if there is none."""
        self._recover()
        free = sa.and_(tables.jobs.c.status == "queued", tables.jobs.c.worker.is_(None))
        while True:
            with self._engine.begin() as connection:
                row = connection.execute(sa.select(tables.jobs.c.id).where(free).order_by(tables.jobs.c.number)).first()
                if row is None:
                    return None
                taken = connection.execute(tables.jobs.update().where(tables.jobs.c.id == row.id, free).values(
                    status="running", worker=worker, beat=time.time()))
            if taken.rowcount == 1:
                return self.get(row.id)

    def _recover(self) -> None:
        """Let go of what dead workers hold; what they were running is queued again."""
        dead = sa.and_(tables.jobs.c.worker.is_not(None), tables.jobs.c.beat < time.time() - LOST)
        with self._engine.begin() as connection:
            connection.execute(tables.jobs.update().where(dead, tables.jobs.c.status == "running").values(
                status="queued"))
            connection.execute(tables.jobs.update().where(dead).values(worker=None, beat=None))

    def beat(self, job: Job) -> Status:
        """Say that the worker lives; what the job's status is now. `cancelled` if the job is no longer held."""
        with self._engine.begin() as connection:
            held = connection.execute(tables.jobs.update().where(
                tables.jobs.c.id == job.id, tables.jobs.c.worker == job.worker).values(beat=time.time()))
        return self.get(job.id).status if held.rowcount == 1 else "cancelled"

    def leave(self, job: Job) -> None:
        """Hold a job no longer. One that was still running is queued again."""
        mine = sa.and_(tables.jobs.c.id == job.id, tables.jobs.c.worker == job.worker)
        with self._engine.begin() as connection:
            connection.execute(tables.jobs.update().where(mine, tables.jobs.c.status == "running").values(
                status="queued"))
            connection.execute(tables.jobs.update().where(mine).values(worker=None, beat=None))

    def end(self, job: Job, status: Status, found: dict[str, Any]) -> bool:
        """Keep what came of a job, unless it was paused or cancelled meanwhile; whether it was kept."""
        with self._engine.begin() as connection:
            done = connection.execute(tables.jobs.update().where(
                tables.jobs.c.id == job.id, tables.jobs.c.worker == job.worker, tables.jobs.c.status == "running",
            ).values(status=status, ended=int(time.time()), found=json.dumps(found)))
        return done.rowcount == 1

    def needs(self, file_id: str) -> str | None:
        """The id of a job that has not ended and needs this file, or None."""
        open_ones = sa.select(tables.jobs.c.id, tables.jobs.c.asked).where(tables.jobs.c.status.not_in(ENDED))
        with self._engine.connect() as connection:
            return next((str(row.id) for row in connection.execute(open_ones) if file_id in (
                (asked := json.loads(row.asked))["training_file"], asked.get("validation_file"))), None)

    def tell(self, job_id: str, message: str, level: str = "info", data: dict[str, Any] | None = None) -> None:
        """Add an event."""
        with self._engine.begin() as connection:
            connection.execute(tables.events.insert().values(
                job=job_id, at=int(time.time()), level=level, message=message, data=json.dumps(data or {})))

    def events(self, job: Job, cursor: str | None, limit: int) -> tuple[list[Event], bool]:
        """Events of a job, newest first, from after the one whose id is `cursor`, and whether more follow."""
        query = sa.select(tables.events).where(tables.events.c.job == job.id)
        if cursor is not None:
            told = cursor.removeprefix("ftevent-")
            number = int(told) if told.isdecimal() and len(told) < 10 else 0
            query = query.where(tables.events.c.number < number)
        with self._engine.connect() as connection:
            rows = list(connection.execute(query.order_by(tables.events.c.number.desc()).limit(limit + 1)))
        found = [Event(row.number, row.at, row.level, row.message, json.loads(row.data)) for row in rows[:limit]]
        return found, len(rows) > limit


def _job(row: sa.Row[tuple[object, ...]]) -> Job:
    kept = row._asdict()
    del kept["number"]
    return Job(**{**kept, "asked": json.loads(kept["asked"]), "found": json.loads(kept["found"])})
