"""Processes beside this one, each a Python of its own (`child.py`) that is spoken to over its pipes.

They are not forked and need nothing of the program that started them, so a script, a notebook and a server can all
have them.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

from tunewright.core.errors import Fault
from tunewright.data.prepare import Batch, Rows
from tunewright.data.steps import Work
from tunewright.data.workers.order import in_order


def prepared(work: Work, batches: Iterable[Rows], count: int) -> Iterator[Batch]:
    """Each batch, prepared by one of `count` processes, in order. They end when the iterator does, whatever happens."""
    children = [_Child(work) for _ in range(count)]
    free: SimpleQueue[_Child] = SimpleQueue()
    for child in children:
        free.put(child)

    def ask(rows: Rows) -> Batch:
        child = free.get()
        try:
            return child.ask(rows)
        finally:
            free.put(child)

    pool = ThreadPoolExecutor(count)
    try:
        yield from in_order(batches, lambda rows: pool.submit(ask, rows), Future.result, 2 * count)
    finally:
        for child in children:
            child.end()
        pool.shutdown(cancel_futures=True)


class _Child:
    """One process. It is given the work once, then batch after batch."""

    def __init__(self, work: Work) -> None:
        places = [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tunewright.data.workers.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))})
        assert self._process.stdin and self._process.stdout
        self._asks, self._answers = self._process.stdin, self._process.stdout
        self._send(work)

    def ask(self, rows: Rows) -> Batch:
        """The rows, prepared there. What went wrong there is raised here."""
        self._send(rows)
        try:
            answer = pickle.load(self._answers)
        except EOFError as error:
            raise self._gone() from error
        if isinstance(answer, Exception):
            raise answer
        made: Batch = answer
        return made

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):  # what it was being told is of no use any more
            self._asks.close()
        self._answers.close()

    def _send(self, message: Work | Rows) -> None:
        try:
            pickle.dump(message, self._asks, pickle.HIGHEST_PROTOCOL)
            self._asks.flush()
        except BrokenPipeError as error:
            raise self._gone() from error

    def _gone(self) -> Fault:
        return Fault(f"a process that prepared data ended (exit code {self._process.wait()}); was there too little "
                     "memory? Run again with `compute: {workers: 1}`.")
