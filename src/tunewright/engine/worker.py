"""The thread that decodes: between two steps rows join, rows leave, and models come and go."""

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import torch

from tunewright.core.errors import Fault
from tunewright.engine.admission import admitted
from tunewright.engine.batch import Batch, Forward, Row
from tunewright.engine.beginnings import Beginnings

Job = tuple[Future[Any], Callable[[], Any]]
# Let who was just told an answer go on, and ask again, before the next step; Windows has no such call.
_give_way: Callable[[], None] = getattr(os, "sched_yield", lambda: None)


class Worker:
    """Decodes up to `size` rows per network at once, in caches of at most `tokens` tokens, padding included.

    `forward` gives the pass of a network by its name. `held` is what all batches know of prompts' beginnings.
    """

    def __init__(self, forward: Callable[[str], Forward], size: int, device: str, tokens: int,
                 held: Beginnings) -> None:
        self._forward = forward
        self._size = size
        self._device = device
        self._tokens = tokens
        self._held = held
        self._batches: dict[str, Batch] = {}
        self._waiting: deque[Row] = deque()
        self._jobs: deque[Job] = deque()
        self._signal = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="tunewright-decode", daemon=True)
        self._thread.start()

    def submit(self, rows: Sequence[Row]) -> None:
        """Queue rows; they join at the next step boundary that has room. Raises Fault once closed."""
        with self._signal:
            self._refuse_closed()
            self._waiting += rows
            self._signal.notify()

    def call(self, job: Callable[[], Any]) -> Any:
        """Run `job` between two steps; return what it returns, raise what it raises. Blocks."""
        future: Future[Any] = Future()
        with self._signal:
            self._refuse_closed()
            self._jobs.append((future, job))
            self._signal.notify()
        return future.result()

    def rows(self) -> list[Row]:
        """Rows decoding or waiting. To be asked from a job."""
        with self._signal:
            waiting = [row for row in self._waiting if not row.cancelled]
        return [row for batch in self._batches.values() for row in batch.rows] + waiting

    def close(self) -> None:
        """Stop after the step in progress; rows still here end with an error."""
        with self._signal:
            self._closed = True
            self._signal.notify()
        self._thread.join()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise Fault("the engine is closed: start it again.")

    def _run(self) -> None:
        with torch.inference_mode():
            while self._wait():
                self._do_jobs()
                for network, rows in self._admitted().items():
                    self._work(network, rows)
                for network, batch in list(self._batches.items()):
                    if batch.rows:
                        self._work(network)
                    else:
                        del self._batches[network]
        self._end()

    def _wait(self) -> bool:
        """Sleep until there is something to do; False when closed."""
        with self._signal:
            while not (self._closed or self._jobs or self._waiting or self._batches):
                self._signal.wait()
            return not self._closed

    def _do_jobs(self) -> None:
        while True:
            with self._signal:
                if not self._jobs:
                    return
                future, job = self._jobs.popleft()
            try:
                future.set_result(job())
            except BaseException as error:  # noqa: BLE001 - the caller of the job is told, whatever it is
                future.set_exception(error)

    def _admitted(self) -> dict[str, list[Row]]:
        """Rows that join now, by network. With more waiting than room, they come in groups: a join is one pass."""
        with self._signal:
            queues: dict[str, list[Row]] = {}
            for row in self._waiting:
                if not row.cancelled:
                    queues.setdefault(row.network, []).append(row)
            chosen = {network: self._first(network, queue) for network, queue in queues.items()}
            taken = {row for rows in chosen.values() for row in rows}
            self._waiting = deque(row for row in self._waiting if row not in taken and not row.cancelled)
        return {network: rows for network, rows in chosen.items() if rows}

    def _first(self, network: str, queue: list[Row]) -> list[Row]:
        held = self._batches[network].rows if network in self._batches else []
        if self._size - len(held) < min(len(queue), max(1, self._size // 4)):
            return []
        return admitted(queue, held, self._size, self._tokens)

    def _work(self, network: str, joining: Sequence[Row] = ()) -> None:
        """Join rows to a network, or else take one step; tell every row how it went.

        A failed pass ends the rows that were in it.
        """
        batch = self._batches.setdefault(network, Batch(self._forward(network), self._device, self._held))
        try:
            touched = list(joining or batch.rows)
            if joining:
                batch.join(joining)
            else:
                batch.step()
            batch.leave()
        except Exception as error:  # noqa: BLE001 - the rows are told; the thread must live for the others
            touched = [*batch.rows, *(row for row in joining if row not in batch.rows)]
            del self._batches[network]
            for row in touched:
                row.error = error
        for row in touched:
            row.told(row)
        _give_way()

    def _end(self) -> None:
        with self._signal:
            left = [*self._waiting, *(row for batch in self._batches.values() for row in batch.rows)]
            jobs = list(self._jobs)
        closed = Fault("the engine was closed before the answer was complete: ask again.")
        for row in left:
            row.error = closed
            row.told(row)
        for future, _ in jobs:
            future.set_exception(closed)
