"""Trackers: a run's figures in TensorBoard, MLflow or Weights & Biases too, by accelerate.

Without a server named in the environment (MLFLOW_TRACKING_URI; WANDB_API_KEY or WANDB_MODE) nothing leaves this
machine: what they write lies in the run's folder.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.run import Run
from tunewright.train.checkpoint import Course
from tunewright.train.job import Job

PROJECT = "tunewright"
Track = Callable[[dict[str, Any]], None]


def _tensorboard(folder: Path, _: str) -> Any:
    from accelerate.tracking import TensorBoardTracker

    return TensorBoardTracker("tensorboard", folder)


def _mlflow(folder: Path, name: str) -> Any:
    import mlflow
    from accelerate.tracking import MLflowTracker

    if not os.environ.get("MLFLOW_TRACKING_URI"):
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # which asks for no database
        mlflow.set_tracking_uri((folder / "mlflow").resolve().as_uri())
    return MLflowTracker(PROJECT, run_name=name)


def _wandb(folder: Path, name: str) -> Any:
    from accelerate.tracking import WandBTracker

    named = os.environ.get("WANDB_API_KEY") or os.environ.get("WANDB_MODE")
    return WandBTracker(PROJECT, name=name, dir=str(folder), **({} if named else {"mode": "offline"}))


KINDS: dict[str, Callable[[Path, str], Any]] = {"tensorboard": _tensorboard, "mlflow": _mlflow, "wandb": _wandb}


@contextmanager
def opened(job: Job, run: Run, course: Course) -> Iterator[Track]:
    """A call that hands a step's row to every tracker of the job; the rows so far are handed over at once.

    Only the first of several processes tracks. Raises Fault if a tracker's package is missing.
    """
    trackers = [_start(kind, run, job) for kind in job.track] if job.accelerator.is_main_process else []

    def track(row: dict[str, Any]) -> None:
        figures = {name: value for name, value in row.items() if name != "step"}
        for tracker in trackers:
            tracker.log(figures, step=row["step"])

    try:
        for row in course.rows:
            track(row)
        yield track
    finally:
        for tracker in trackers:
            tracker.finish()


def _start(kind: str, run: Run, job: Job) -> Any:
    if find_spec(kind) is None:  # accelerate would go on without it
        raise Fault(f"compute: track {kind} needs a package that is not here: `pip install tunewright[{kind}]`, "
                    "or take it out of `track`.")
    tracker = KINDS[kind](run.room("train"), run.number)
    tracker.start()
    settings = job.phase.model_dump(mode="json", exclude_none=True)
    tracker.store_init_configuration({name: value if isinstance(value, bool | int | float | str) else str(value)
                                      for name, value in settings.items()})
    return tracker
