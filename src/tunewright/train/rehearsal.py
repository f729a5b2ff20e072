"""The rehearsal before a run: what could only fail later fails now, and nothing of it stays.

The longest records show whether memory suffices, optimizer included; the first step's show that the loss is a number
and reaches the weights. Weights, gradients, random state and mode are then what they were.
"""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from tunewright.core.errors import Fault
from tunewright.train import shards, together, watch
from tunewright.train.exact import exact
from tunewright.train.job import Job
from tunewright.train.optimizer import make_optimizer


@dataclass(frozen=True)
class Rehearsal:
    """`seconds` of training for one token; `memory`, bytes at the peak, where the device counts them."""

    seconds: float
    memory: int | None


def rehearse(job: Job) -> Rehearsal:
    """One step on the longest records and one, timed, on the first. Raises Fault for what would stop the run."""
    with _untouched(job), _memory(job) as peak:
        _longest(job)
        exact(job)
        seconds = _first(job)
        return Rehearsal(seconds, peak())


def _longest(job: Job) -> None:
    """A step on the pass that takes the most memory, with moments of the optimizer's size."""
    lengths = job.batches.lengths
    longest = sorted(range(len(lengths)), key=lambda at: -lengths[at])[:job.phase.batch]
    part = max(job.passes(job.rows, longest), key=lambda part: sum(lengths[at] for at in part))
    try:
        _pass(job, part)
        _step_in_place(job)
    except (torch.OutOfMemoryError, RuntimeError) as error:
        if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in str(error):
            raise
        raise Fault(f"train: the longest records, {len(part) * max(lengths[at] for at in part):,} tokens in one pass "
                    f"({watch.places(job, part)}), do not fit the memory of this machine: lower batch_tokens (the "
                    "result stays the same) or length, or set checkpoint_activations.") from error
    finally:
        job.model.zero_grad()


def _step_in_place(job: Job) -> None:
    """A step of length nothing: the optimizer takes its memory and moves no weight."""
    optimizer = make_optimizer(job)
    for group in optimizer.param_groups:
        group["lr"] = 0.0
    gradients = [shards.whole(weight.grad) for weight in job.weights.values() if weight.grad is not None]
    if all(bool(gradient.isfinite().all()) for gradient in gradients):
        optimizer.step()  # nothing times infinity would be no number


def _first(job: Job) -> float:
    """Seconds a token of the first step's passes, once it is known that they teach the weights something."""
    whole = next(job.batches.since(0))
    indices = together.share(job, job.rows, whole) or whole
    parts = together.abreast(job, job.passes(job.rows, indices))
    began = time.perf_counter()
    losses = [_pass(job, part) for part, _ in parts]
    seconds = time.perf_counter() - began
    if not all(together.gathered(job, all(map(math.isfinite, losses)))):
        raise watch.no_number(job, "at step 1", whole)
    gradients = [shards.whole(weight.grad) for weight in job.weights.values() if weight.grad is not None]
    if not any(bool(gradient.any()) for gradient in gradients):
        raise Fault(f"train: no gradient of the first records ({watch.places(job, indices)}) reaches the weights that "
                    "should learn: use precision fp32, or another method or targets.")
    return seconds / sum(job.rows[at].tokens for at in indices) / job.accelerator.num_processes


def _pass(job: Job, part: Sequence[int]) -> float:
    """Forward and backward; a GPU has finished only when the loss is here."""
    loss, _ = job.objective.loss(job.model, [job.rows[at] for at in part])
    job.accelerator.backward(loss)
    return loss.item()


@contextmanager
def _untouched(job: Job) -> Iterator[None]:
    """Training mode inside; outside, random state, gradients and mode as if nothing had been."""
    training = job.model.training
    with torch.random.fork_rng():
        job.model.train()
        try:
            yield
        finally:
            job.model.zero_grad()
            job.model.train(training)


@contextmanager
def _memory(job: Job) -> Iterator[Any]:
    """A call that tells the peak since here, in bytes; None on a CPU."""
    cuda = job.accelerator.device.type == "cuda"
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    yield lambda: torch.cuda.max_memory_allocated() if cuda else None
