"""The worker: takes jobs from the queue and runs each as a recipe, in a process of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from tunewright.base import find
from tunewright.core.command import command
from tunewright.core.errors import EXIT_GATE_FAILED, EXIT_GATE_UNDECIDED, EXIT_OK, Fault
from tunewright.core.home import Home
from tunewright.core.records import Model, Release, Verdict
from tunewright.core.run import Say, silent
from tunewright.recipe import PhaseSpec
from tunewright.tuning.file import Files
from tunewright.tuning.job import Job, Jobs
from tunewright.tuning.rows import write
from tunewright.tuning.template import Template, recipe

_LOOK = 0.5  # seconds between two looks at a job's status
_PATIENCE = 60.0  # seconds a run has to stop when it is told to


def work(home: Home, template: Template, stop: threading.Event, *, once: bool = False, say: Say = silent) -> None:
    """Run jobs, one after another, until `stop` is set; with `once`, until the queue is empty."""
    jobs, files = Jobs(home), Files(home)
    worker = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    while not stop.is_set():
        job = jobs.claim(worker)
        if job is None:
            if once:
                return
            stop.wait(_LOOK)
            continue
        say("job", f"{job.id} {job.asked['name']}: started")
        try:
            _one(home, template, jobs, files, job, stop)
        finally:
            jobs.leave(job)
        say("job", f"{job.id} {job.asked['name']}: {_became(jobs.get(job.id))}")


def _became(job: Job) -> str:
    """What became of a job: its release, or why there is none."""
    why = job.found.get("error", {}).get("message") or job.found.get("release")
    return f"{job.status}: {why}" if why else job.status


def _one(home: Home, template: Template, jobs: Jobs, files: Files, job: Job, stop: threading.Event) -> None:
    """Run one job as far as it goes. What goes wrong with it is its own failure, not the worker's."""
    try:
        path = _prepared(home, template, files, job)
    except Fault as fault:
        _fail(jobs, job, str(fault), "invalid_training_file")
        return
    folder = path.parent
    words = ["run", str(path), "--home", str(home.path), "--by", f"key {job.key}" if job.key else "gateway", "--json"]
    with (folder / "told.json").open("wb") as told, subprocess.Popen(
            command(*words), stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.PIPE,
            text=True, errors="replace", start_new_session=True, env={**os.environ, "NO_COLOR": "1"}) as running:
        said: list[str] = []
        listener = threading.Thread(target=_listen, args=(running, jobs, job, said), daemon=True)
        listener.start()
        code = _watch(running, jobs, job, stop)
        listener.join(5)
    if code is not None:
        _finish(home, jobs, job, code, (folder / "told.json").read_text("utf-8"), said)
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


def _listen(running: subprocess.Popen[str], jobs: Jobs, job: Job, said: list[str]) -> None:
    """Each line that the run says is an event."""
    assert running.stderr
    for line in running.stderr:
        text = " ".join(line.split())
        if text:
            said.append(text)
            jobs.tell(job.id, text)


def _watch(running: subprocess.Popen[str], jobs: Jobs, job: Job, stop: threading.Event) -> int | None:
    """The run's exit code; None if it was told to stop, because of the job's status or the worker's end."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            return running.wait(_LOOK)
        if stop.is_set() or jobs.beat(job) != "running":
            break
    os.killpg(running.pid, signal.SIGINT)
    try:
        running.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    return None


def _finish(home: Home, jobs: Jobs, job: Job, code: int, told: str, said: list[str]) -> None:
    if code not in (EXIT_OK, EXIT_GATE_FAILED, EXIT_GATE_UNDECIDED) or not told.strip():
        reason = said[-1].removeprefix("tunewright: ") if said else f"the run ended with code {code}"
        _fail(jobs, job, reason, "invalid_training_file" if code == 2 else "server_error")
        return
    release = Release.model_validate(home.store.get_json(json.loads(told)["digest"]))
    model = Model.model_validate(home.store.get_json(release.model))
    found = {"release": release.reference, "tokens": int(model.metrics.get("tokens", 0)),
             "steps": int(model.metrics.get("steps", 0)), "metrics": model.metrics}
    if code == EXIT_OK:
        if jobs.end(job, "succeeded", found):
            jobs.tell(job.id, f"the gate passed: new model {release.reference}", data={"metrics": model.metrics})
        return
    verdict = Verdict.model_validate(home.store.get_json(release.verdict))
    reasons = [rule.sentence for rule in verdict.rules if rule.outcome == verdict.outcome]
    _fail(jobs, job, f"the gate's answer is {verdict.outcome}: {' · '.join(reasons)}"[:2000], "gate_not_passed", found)


def _fail(jobs: Jobs, job: Job, reason: str, code: str, found: dict[str, Any] | None = None) -> None:
    param = "training_file" if code == "invalid_training_file" else None
    if jobs.end(job, "failed", {**(found or {}), "error": {"code": code, "message": reason, "param": param}}):
        jobs.tell(job.id, reason, "error")
