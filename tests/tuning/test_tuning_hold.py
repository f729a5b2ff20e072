"""While a worker holds a job, the job's beat is fresh and the worker hears what becomes of it."""

import threading
import time

import pytest
from sqlalchemy.exc import OperationalError

from tunewright.tuning import Jobs
from tunewright.tuning.hold import Hold


class Away(Jobs):
    """A queue whose database is away as long as `away` is set."""

    away = threading.Event()

    def beat(self, job):
        if self.away.is_set():
            raise OperationalError("beat", {}, ConnectionError())
        return super().beat(job)


@pytest.fixture
def jobs(home):
    made = Away(home)
    made.away = threading.Event()
    return made


@pytest.fixture
def job(jobs):
    jobs.add({"name": "desk", "training_file": "file-1", "validation_file": None}, "mine")
    return jobs.claim("a")


def until(true, seconds=20):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_the_beat_goes_on_until_the_job_is_left(jobs, job):
    with Hold(jobs, job) as hold:
        until(lambda: jobs.get(job.id).beat > job.beat)
        assert (hold.status, hold.lost, hold.away) == ("running", False, False)


def test_what_becomes_of_the_job_is_heard(jobs, job):
    with Hold(jobs, job) as hold:
        jobs.move(job, "cancelled")
        until(lambda: hold.status == "cancelled")


def test_a_database_that_is_away_too_long_loses_the_job_and_one_that_comes_back_does_not(jobs, job):
    with Hold(jobs, job, sure=1.5) as hold:
        jobs.away.set()
        until(lambda: hold.away)
        assert not hold.lost
        until(lambda: hold.lost)
        jobs.away.clear()
        until(lambda: not hold.lost)
