"""Who prepares the rows: this process, processes beside it, or a Ray cluster. The batches are the same, in order."""

import os
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from tunewright.data.prepare import Batch, Rows, preparer
from tunewright.data.steps import Work
from tunewright.data.workers import cluster, processes
from tunewright.recipe import ComputeSpec

FEW = 4
"""Batches that this process prepares alone: with no more than these, others would only be starting."""


def prepared(work: Work, batches: Iterable[Rows], compute: ComputeSpec) -> Iterator[Batch]:
    """Each batch of rows, prepared, in the order in which they came. A Fault of a worker is raised here."""
    waiting, prepare = iter(batches), preparer(work)  # what is wrong with the work itself is found here
    if compute.ray:
        yield from cluster.prepared(work, waiting, compute.ray)
        return
    count = cores() if compute.workers is None else compute.workers
    yield from map(prepare, waiting if count < 2 else islice(waiting, FEW))
    if first := next(waiting, None):
        yield from processes.prepared(work, chain((first,), waiting), count)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
