"""What a run writes down while it goes on: its figures, its time, and a line for whoever watches."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tunewright.core.run import Run
from tunewright.core.span import span
from tunewright.train.checkpoint import Course


@contextmanager
def metrics(run: Run, course: Course) -> Iterator[Any]:
    """`metrics.jsonl` in the run's room: the rows so far, then one more at each call."""
    with (run.room("train") / "metrics.jsonl").open("w") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in course.rows)

        def record(row: dict[str, Any]) -> None:
            course.rows.append(row)
            stream.write(json.dumps(row) + "\n")
            stream.flush()

        yield record


@contextmanager
def clock(course: Course) -> Iterator[Any]:
    """Add the time since the last call to `course.seconds`, which also counts what a stopped run spent."""
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        course.seconds += now - last
        last = now

    yield tick


def line(course: Course, steps: int) -> str:
    """How far it is, for a person."""
    rate = course.tokens / max(course.seconds, 1e-9)
    left = course.seconds / course.step * (steps - course.step)
    validation = f" · validation {course.best:.3f}" if course.best is not None else ""
    return (f"{course.step}/{steps} · loss {course.rows[-1]['loss']:.3f}{validation} · {rate / 1000:.1f}k tokens/s"
            f" · {span(left)} left")

