"""A worker's hold on a job: a thread says all the time that the worker lives, and hears what becomes of the job."""

import threading
import time
from types import TracebackType

from sqlalchemy.exc import DBAPIError

from tunewright.tuning.job import LOST, Job, Jobs, Status

BEAT = 0.5
"""Seconds between two beats."""


class Hold:
    """From the claim of a job until it is left. `status` is the job's, as heard last.

    After `sure` seconds without a beat the hold is given up, before another worker may take the job.
    """

    def __init__(self, jobs: Jobs, job: Job, sure: float = LOST - 3.0) -> None:
        self.status: Status = "running"
        self.away = False
        """Whether the database could not be asked for a while."""
        self._jobs, self._job, self._sure = jobs, job, sure
        self._last = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="tunewright-hold", daemon=True)

    def __enter__(self) -> "Hold":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    @property
    def lost(self) -> bool:
        """Whether another worker may have the job by now."""
        return time.monotonic() - self._last > self._sure

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            asked = time.monotonic()
            try:
                self.status = self._jobs.beat(self._job)
                self._last = asked
            except DBAPIError:
                self.away = True
