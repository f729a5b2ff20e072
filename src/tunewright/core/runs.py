"""Runs by recipe: take up the one that was stopped, else begin a new one; never two at once for one recipe."""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import Run, Say, silent, start, write_atomically

_NOTE = "run.json"


@contextmanager
def opened(home: Home, recipe: str, by: str, say: Say = silent, progress: Say = silent) -> Iterator[Run]:
    """The run for the recipe of this digest: the last one if it was stopped, else a new one.

    A run that worked on nothing leaves no folder. Raises Fault if another process runs the same recipe here.
    """
    home.runs.mkdir(parents=True, exist_ok=True)
    with _locked(home.runs / f".{recipe[:32]}.lock"):
        stopped = _stopped(home, recipe)
        run = Run(home, stopped, by, say, progress) if stopped else start(home, by, say, progress)
        _note(run.folder, {**_read(run.folder), "by": by, "recipe": recipe, "state": "working"})
        try:
            yield run
        finally:
            if not stopped and [path.name for path in run.folder.iterdir()] == [_NOTE]:
                shutil.rmtree(run.folder)


def settle(run: Run, dataset: str) -> None:
    """Note which dataset the run works on; if it was begun on another one, move on to a new folder."""
    note = _read(run.folder)
    if note.get("dataset") not in (None, dataset):
        run.folder = start(run.home, run.by).folder
    _note(run.folder, {**note, "dataset": dataset})


def finish(run: Run) -> None:
    """Note that the run came to its end: it is never taken up again."""
    _note(run.folder, {**_read(run.folder), "state": "done"})


def _stopped(home: Home, recipe: str) -> Path | None:
    """The last run of this recipe, if it did not come to its end."""
    for folder in sorted((path for path in home.runs.iterdir() if path.name.isdigit()), reverse=True):
        note = _read(folder)
        if note.get("recipe") == recipe:
            return folder if note.get("state") == "working" else None
    return None


def _read(folder: Path) -> dict[str, Any]:
    try:
        note: dict[str, Any] = json.loads((folder / _NOTE).read_text())
    except (OSError, ValueError):  # a folder that another process is just making, or an old torn one
        return {}
    return note


def _note(folder: Path, note: dict[str, Any]) -> None:
    write_atomically(folder / _NOTE, json.dumps(note))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the file's lock; the system gives it back however the process ends."""
    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Fault("this recipe is being run here by another process: wait for it, or stop it.") from error
        yield
