"""A job is run by one worker at a time, and whoever asked for it can stop it and let it go on."""

import pytest
import sqlalchemy as sa

from tunewright.core.errors import Fault
from tunewright.tuning import Jobs, tables
from tunewright.tuning.job import LOST


@pytest.fixture
def jobs(home):
    return Jobs(home)


def add(jobs, key="mine"):
    return jobs.add({"name": "desk", "training_file": "file-1", "validation_file": None}, key)


def age(home, seconds):
    """Let every worker's last beat be so old."""
    with tables.opened(home).begin() as connection:
        connection.execute(sa.update(tables.jobs).values(beat=tables.jobs.c.beat - seconds))


def test_jobs_are_taken_in_order_each_by_one_worker(jobs):
    first, second = add(jobs), add(jobs)
    taken = [jobs.claim("a"), jobs.claim("b"), jobs.claim("c")]
    assert [job and job.id for job in taken] == [first.id, second.id, None]
    assert jobs.get(first.id).status == "running"


def test_another_key_sees_nothing_of_it(jobs):
    job = add(jobs)
    with pytest.raises(Fault, match="no job"):
        jobs.get(job.id, "other")
    assert jobs.page("other", None, 10) == ([], False)


def test_a_worker_that_died_loses_its_job_to_the_next(home, jobs):
    job = add(jobs)
    jobs.claim("dead")
    assert jobs.claim("b") is None
    age(home, LOST + 1)
    assert jobs.claim("b").id == job.id
    assert jobs.get(job.id).worker == "b"


def test_a_worker_that_was_taken_for_dead_may_not_end_its_job(home, jobs):
    add(jobs)
    slow = jobs.claim("slow")
    age(home, LOST + 1)
    jobs.claim("b")
    assert jobs.beat(slow) == "cancelled"
    assert not jobs.end(slow, "succeeded", {})


def test_a_cancelled_job_keeps_its_status_whatever_its_worker_finds(jobs):
    job = add(jobs)
    held = jobs.claim("a")
    jobs.move(job, "cancelled")
    assert jobs.beat(held) == "cancelled"
    assert not jobs.end(held, "succeeded", {})
    jobs.leave(held)
    assert jobs.get(job.id).status == "cancelled"
    assert jobs.get(job.id).ended


def test_a_resumed_job_waits_until_its_old_run_has_ended(jobs):
    job = add(jobs)
    held = jobs.claim("a")
    jobs.move(job, "paused")
    jobs.move(job, "queued")
    assert jobs.claim("b") is None
    jobs.leave(held)
    assert jobs.claim("b").id == job.id


@pytest.mark.parametrize(("before", "move", "said"), [
    ("queued", "queued", "only paused ones can be resumed"), ("succeeded", "cancelled", "can be cancelled"),
    ("cancelled", "paused", "can be paused")])
def test_a_move_that_makes_no_sense_is_refused(jobs, before, move, said):
    job = add(jobs)
    if before == "succeeded":
        jobs.end(jobs.claim("a"), "succeeded", {})
    elif before == "cancelled":
        jobs.move(job, "cancelled")
    with pytest.raises(Fault, match=f"is {before}: .*{said}"):
        jobs.move(job, move)


def test_events_come_newest_first_in_pages(jobs):
    job = add(jobs)
    for number in range(4):
        jobs.tell(job.id, f"event {number}")
    first, more = jobs.events(job, None, 3)
    rest, end = jobs.events(job, first[-1].id, 3)
    assert [event.message for event in (*first, *rest)] == ["event 3", "event 2", "event 1", "event 0", "job created"]
    assert (more, end) == (True, False)
    assert jobs.events(job, "ftevent-nonsense", 3) == ([], False)


def test_a_file_is_needed_until_its_job_has_ended(jobs):
    job = add(jobs)
    assert jobs.needs("file-1") == job.id
    assert jobs.needs("file-2") is None
    jobs.move(job, "cancelled")
    assert jobs.needs("file-1") is None
