"""The worker runs jobs through the pipeline, gate included, and stops when it is told to."""

import json
import sqlite3
import subprocess
import threading
import time

import pytest
import sqlalchemy as sa

from tunewright import registry
from tunewright.core.command import command
from tunewright.core.errors import Fault
from tunewright.tuning import Files, Jobs, read, tables
from tunewright.tuning.job import LOST
from tunewright.tuning.work import work

pytestmark = pytest.mark.slow


def upload(home, path, rows):
    path.write_text("".join(json.dumps({"messages": [
        {"role": "user", "content": f"w{number}" + "x" * (number % 7)},
        {"role": "assistant", "content": "long" if number % 7 > 3 else "short"}]}) + "\n" for number in range(rows)))
    with path.open("rb") as content:
        return Files(home).add(content, key="mine", name=path.name).id


def ask(home, file, **more):
    return Jobs(home).add({"name": "desk", "method": "supervised", "training_file": file, "validation_file": None,
                           "seed": 1, "hyperparameters": {"n_epochs": 1}, **more}, "mine")


def test_a_job_ends_with_a_release_that_the_gate_passed(home, kitchen, tmp_path):
    job = ask(home, upload(home, tmp_path / "rows.jsonl", 60))
    work(home, read(kitchen), threading.Event(), once=True)
    done = Jobs(home).get(job.id)
    assert done.status == "succeeded", done.found
    assert done.found["release"] == "desk@1"
    assert done.found["tokens"] > 0
    assert registry.history(home, "desk")[0].by == "key mine"
    told = [event.message for event in Jobs(home).events(job, None, 100)[0]]
    assert told[0] == "the gate passed: new model desk@1"
    assert any(line.startswith("train") for line in told)


def test_a_job_whose_gate_does_not_pass_has_failed_with_the_reason(home, kitchen, tmp_path):
    kitchen.write_text(kitchen.read_text().replace("{metric: task/loss, at_most: 100}",
                                                   "{metric: task/exact, at_least: 0.99}"))
    job = ask(home, upload(home, tmp_path / "rows.jsonl", 60))
    work(home, read(kitchen), threading.Event(), once=True)
    done = Jobs(home).get(job.id)
    assert done.status == "failed"
    assert done.found["error"]["code"] == "gate_not_passed"
    assert "the gate's answer is fail: task/exact" in done.found["error"]["message"]


def test_records_that_cannot_be_used_fail_the_job_in_one_sentence(home, kitchen, tmp_path):
    job = ask(home, upload(home, tmp_path / "rows.jsonl", 2))
    told = []
    work(home, read(kitchen), threading.Event(), once=True, say=lambda _stage, text: told.append(text))
    done = Jobs(home).get(job.id)
    assert done.status == "failed"
    assert done.found["error"]["code"] == "invalid_training_file"
    assert "\n" not in done.found["error"]["message"]
    assert told[-1] == f"{job.id} desk: failed: {done.found['error']['message']}"


def test_a_paused_job_stops_and_goes_on_when_it_is_resumed(home, kitchen, tmp_path):
    jobs = Jobs(home)
    job = ask(home, upload(home, tmp_path / "rows.jsonl", 60), hyperparameters={"n_epochs": 40})
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(home, read(kitchen), stop))
    worker.start()
    try:
        until(lambda: any(event.message.startswith("plan") for event in jobs.events(job, None, 50)[0]))
        jobs.move(job, "paused")
        until(lambda: jobs.get(job.id).worker is None)
        assert jobs.get(job.id).status == "paused"
        jobs.move(job, "queued")
        until(lambda: jobs.get(job.id).status == "succeeded")
    finally:
        stop.set()
        worker.join(60)


def test_a_run_ends_with_its_worker_and_the_next_worker_goes_on(home, kitchen, tmp_path):
    jobs = Jobs(home)
    job = ask(home, upload(home, tmp_path / "rows.jsonl", 60))
    with subprocess.Popen(command("work", str(kitchen), "--home", str(home.path)), stderr=subprocess.DEVNULL) as worker:
        until(lambda: any(event.message.startswith("plan") for event in jobs.events(job, None, 50)[0]))
        worker.kill()
    until(lambda: not any(job.id in line for line in processes()), 20)
    assert jobs.get(job.id).status == "running"
    with tables.opened(home).begin() as connection:
        connection.execute(sa.update(tables.jobs).values(beat=tables.jobs.c.beat - LOST))
    work(home, read(kitchen), threading.Event(), once=True)
    assert jobs.get(job.id).status == "succeeded"


def test_a_worker_whose_queue_is_away_waits_for_it_and_can_be_stopped(home, kitchen):
    Jobs(home)
    with sqlite3.connect(home.path / "ledger.sqlite") as database:
        database.execute("ALTER TABLE tuning_jobs RENAME COLUMN worker TO away")
    stop, told = threading.Event(), []

    def say(_stage, text):
        told.append(text)
        stop.set()

    with pytest.raises(Fault, match="stopped while the queue could not be reached"):
        work(home, read(kitchen), stop, say=say)
    assert told == ["the queue cannot be reached (OperationalError): asked again until it can"]


def processes():
    return subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout.splitlines()


def until(true, seconds=120):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.1)
