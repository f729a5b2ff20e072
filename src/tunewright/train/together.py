"""What several processes do as one: each takes its share of a step's records, and the gradients are summed once.

The weights are equal everywhere, since every process makes the same step of the same sum. So a step may be cut into
passes differently here and there, and no pass waits for another process, unless the model is cut among them: then they
go abreast. With one process nothing of this happens.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import distributed

from tunewright.train import shards
from tunewright.train.job import Job
from tunewright.train.objectives import Row


def share(job: Job, rows: Sequence[Row], indices: Sequence[int]) -> list[int]:
    """This process's part of `indices`: long and short rows are dealt in turn, so that all have like work."""
    own, count = job.accelerator.process_index, job.accelerator.num_processes
    return list(indices) if count == 1 else sorted(indices, key=lambda at: -rows[at].size)[own::count]


def abreast(job: Job, parts: Sequence[list[int]], company: int = 0) -> list[tuple[list[int], bool]]:
    """The passes `parts`, and whether each counts: as many in every process where the model is cut among them.

    A process with fewer repeats its last, or the record `company` if it has none, and counts none of that.
    """
    counted = [(part, True) for part in parts]
    if not shards.sharded(job.model):
        return counted
    most = max(gathered(job, len(parts)))
    return counted + [(parts[-1] if parts else [company], False)] * (most - len(parts))


def summed(job: Job, figures: Counter[str]) -> Counter[str]:
    """`figures` summed over all processes."""
    if job.accelerator.num_processes == 1:
        return figures
    total: Counter[str] = Counter()
    for one in gathered(job, dict(figures)):
        total.update(one)
    return total


def add_gradients(job: Job) -> None:
    """Make every weight's gradient the sum of all processes'. A process without records gives zeros."""
    if job.accelerator.num_processes == 1 or shards.sharded(job.model):  # there every pass back has summed them
        return
    weights = list(job.weights.values())
    reached = torch.tensor([weight.grad is not None for weight in weights], device=job.accelerator.device).int()
    distributed.all_reduce(reached)
    waits = []
    for weight, anywhere in zip(weights, reached.tolist(), strict=True):
        if anywhere:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
            waits.append(distributed.all_reduce(weight.grad, async_op=True))
    for wait in waits:
        wait.wait()


def gathered(job: Job, own: Any) -> list[Any]:
    """Every process's value, in their order."""
    count = job.accelerator.num_processes
    if count == 1:
        return [own]
    found = [None] * count
    distributed.all_gather_object(found, own)
    return found
