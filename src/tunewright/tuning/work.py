"""The worker: takes jobs from the queue and runs each as a recipe, in a process of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import yaml
from sqlalchemy.exc import DBAPIError

from tunewright.base import find
from tunewright.core.bound import bound
from tunewright.core.command import command
from tunewright.core.errors import EXIT_GATE_FAILED, EXIT_GATE_UNDECIDED, EXIT_OK, Fault
from tunewright.core.home import Home
from tunewright.core.records import Model, Release, Verdict
from tunewright.core.run import Say, silent
from tunewright.recipe import PhaseSpec
from tunewright.tuning.file import Files
from tunewright.tuning.hold import BEAT, Hold
from tunewright.tuning.job import Job, Jobs
from tunewright.tuning.rows import write
from tunewright.tuning.template import Template, recipe

_ANSWERS = (EXIT_OK, EXIT_GATE_FAILED, EXIT_GATE_UNDECIDED)
_PATIENCE = 60.0  # seconds a run has to stop when it is told to
_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


def work(home: Home, template: Template, stop: threading.Event, *, once: bool = False, say: Say = silent) -> None:
    """Run jobs, one after another, until `stop` is set; with `once`, until the queue is empty."""
    jobs, files = Jobs(home), Files(home)
    worker = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    while not stop.is_set():
        job = _steady(stop, say, jobs.claim, worker)
        if job is not None:
            _turn(home, template, jobs, files, job, stop, say)
        elif once:
            return
        else:
            stop.wait(BEAT)


def _turn(home: Home, template: Template, jobs: Jobs, files: Files, job: Job, stop: threading.Event, say: Say) -> None:
    say("job", f"{job.id} {job.asked['name']}: started")
    try:
        with Hold(jobs, job) as hold:
            _one(home, template, jobs, files, job, hold, stop)
    finally:
        _steady(stop, say, jobs.leave, job)
    say("job", f"{job.id} {job.asked['name']}: {_became(_steady(stop, say, jobs.get, job.id))}")


class _Away(Fault):
    """The database could not be reached until the worker was told to stop."""


def _steady(stop: threading.Event, say: Say, call: Callable[_Given, _Found], *given: _Given.args,
            **named: _Given.kwargs) -> _Found:
    """What a call to the database returns, however long that is away. Raises _Away once `stop` is set."""
    told = False
    while True:
        try:
            return call(*given, **named)
        except DBAPIError as error:
            if stop.is_set():
                raise _Away("stopped while the queue could not be reached: the job under way, if any, goes on with the "
                            "next worker.") from error
            if not told:
                say("work", f"the queue cannot be reached ({type(error.orig).__name__}): asked again until it can")
            told = True
            time.sleep(BEAT)


def _became(job: Job) -> str:
    """What became of a job: its release, or why there is none."""
    why = job.found.get("error", {}).get("message") or job.found.get("release")
    return f"{job.status}: {why}" if why else job.status


def _one(home: Home, template: Template, jobs: Jobs, files: Files, job: Job, hold: Hold,
         stop: threading.Event) -> None:
    """Run one job as far as it goes. What goes wrong with it is its own failure, not the worker's.

    The run ends with the worker, whatever ends that, so that whoever takes the job next is alone with it.
    """
    try:
        path = _steady(stop, silent, _prepared, home, template, files, job)
    except _Away:
        raise
    except Fault as fault:
        _fail(stop, jobs, job, str(fault), "invalid_training_file")
        return
    folder = path.parent
    words = ["run", str(path), "--home", str(home.path), "--by", f"key {job.key}" if job.key else "gateway", "--json"]
    with (folder / "told.json").open("wb") as told, subprocess.Popen(
            bound(command(*words)), stdin=subprocess.PIPE, stdout=told, stderr=subprocess.PIPE,
            text=True, errors="replace", start_new_session=True, env={**os.environ, "NO_COLOR": "1"}) as running:
        said: list[str] = []
        listener = threading.Thread(target=_listen, args=(stop, running, jobs, job, said), daemon=True)
        listener.start()
        code = _watch(running, hold, stop)
        listener.join(5)
    if code not in (None, *_ANSWERS) and hold.away:
        _steady(stop, silent, jobs.tell, job.id, "the database was away: the job goes on where it stopped", "warn")
    elif code is not None:
        _finish(stop, home, jobs, job, code, (folder / "told.json").read_text("utf-8"), said)
    shutil.rmtree(folder)  # records lie in the store, where a withdrawal finds them; a job that goes on reads them anew


def _prepared(home: Home, template: Template, files: Files, job: Job) -> Path:
    """The job's recipe and records, in a folder of its own."""
    folder = home.path / "jobs" / job.id
    folder.mkdir(parents=True, exist_ok=True)
    for field, name in (("training_file", "train.jsonl"), ("validation_file", "validation.jsonl")):
        if job.asked.get(field):
            file = files.get(job.asked[field], job.key)
            write(files.lines(file), file.name, job.asked["method"], folder / name)
    made = recipe(template, job.asked, _rate(template), validation=bool(job.asked.get("validation_file")))
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(made, sort_keys=False, allow_unicode=True), "utf-8")
    return path


def _rate(template: Template) -> float:
    """The learning rate that the template's method has on its base, unless the template says another."""
    from tunewright.train.rates import peak

    given = (template.value.get("train") or [{}])[-1]
    base = find(template.base, template.folder)
    return peak(PhaseSpec(method=given.get("method", "lora")) if "learning_rate" not in given else PhaseSpec(
        learning_rate=given["learning_rate"]), base.parameters)


def _listen(stop: threading.Event, running: subprocess.Popen[str], jobs: Jobs, job: Job, said: list[str]) -> None:
    """Each line that the run says is an event."""
    assert running.stderr
    for line in running.stderr:
        text = " ".join(line.split())
        if text:
            said.append(text)
            with suppress(_Away):
                _steady(stop, silent, jobs.tell, job.id, text)


def _watch(running: subprocess.Popen[str], hold: Hold, stop: threading.Event) -> int | None:
    """The run's exit code; None if it was told to stop, because of the job's status or the worker's end."""
    patience = _PATIENCE
    while not (stop.is_set() or hold.status != "running"):
        with suppress(subprocess.TimeoutExpired):
            return running.wait(BEAT)
        if hold.lost:  # another worker may begin where the last checkpoint is: no time to write one
            patience = 0.0
            break
    os.killpg(running.pid, signal.SIGINT)
    try:
        running.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    return None


def _finish(stop: threading.Event, home: Home, jobs: Jobs, job: Job, code: int, told: str, said: list[str]) -> None:
    if code not in _ANSWERS or not told.strip():
        reason = said[-1].removeprefix("tunewright: ") if said else f"the run ended with code {code}"
        _fail(stop, jobs, job, reason, "invalid_training_file" if code == 2 else "server_error")
        return
    release = Release.model_validate(home.store.get_json(json.loads(told)["digest"]))
    model = Model.model_validate(home.store.get_json(release.model))
    found = {"release": release.reference, "tokens": int(model.metrics.get("tokens", 0)),
             "steps": int(model.metrics.get("steps", 0)), "metrics": model.metrics}
    if code == EXIT_OK:
        if _steady(stop, silent, jobs.end, job, "succeeded", found):
            _steady(stop, silent, jobs.tell, job.id, f"the gate passed: new model {release.reference}",
                    data={"metrics": model.metrics})
        return
    verdict = Verdict.model_validate(home.store.get_json(release.verdict))
    reasons = [rule.sentence for rule in verdict.rules if rule.outcome == verdict.outcome]
    answer = f"the gate's answer is {verdict.outcome}: {' · '.join(reasons)}"
    _fail(stop, jobs, job, answer[:2000], "gate_not_passed", found)


def _fail(stop: threading.Event, jobs: Jobs, job: Job, reason: str, code: str,
          found: dict[str, Any] | None = None) -> None:
    param = "training_file" if code == "invalid_training_file" else None
    error = {"code": code, "message": reason, "param": param}
    if _steady(stop, silent, jobs.end, job, "failed", {**(found or {}), "error": error}):
        _steady(stop, silent, jobs.tell, job.id, reason, "error")
