"""The loop: every step of every training run passes through `train`, and all it does is on this page."""

import math
from collections import Counter
from typing import Any

import torch

from tunewright.core.run import Run
from tunewright.train import journal, rates, shards, state, together, trackers, watch
from tunewright.train.checkpoint import Course, Shelf
from tunewright.train.exact import exact
from tunewright.train.job import Job
from tunewright.train.noise import noisy
from tunewright.train.optimizer import make_optimizer


def train(job: Job, shelf: Shelf, run: Run) -> Course:
    """Train `job.model` in place and leave it at its best validation. Goes on from the shelf's last checkpoint."""
    phase, steps = job.phase, job.steps
    checkpoint_every = phase.checkpoint_every or job.validate_every
    optimizer = job.accelerator.prepare(make_optimizer(job))
    with job.accelerator.main_process_first():  # it removes what is torn
        saved = shelf.load()
    course, best = state.restore(saved, job, optimizer)
    if course.step:
        run.say("train", f"goes on from step {course.step:,} of {steps:,}, where it was stopped")
    job.model.train()

    with (noisy(job), journal.metrics(run, course) as record, trackers.opened(job, run, course) as track,
          journal.clock(course) as tick):
        for indices in job.batches.since(course.step):
            if course.step == steps or (phase.patience and course.stale >= phase.patience):
                break
            rate = job.rate * rates.share(phase, course.step, steps)
            for group in optimizer.param_groups:
                group["lr"] = rate * group["share"]
            course.step += 1
            renewed = job.objective.renew(job, course)
            row = {"step": course.step, **_step(job, optimizer, course.step, indices), **renewed, "lr": rate}
            course.tokens += sum(job.rows[at].tokens for at in indices)
            if job.validation and (course.step % job.validate_every == 0 or course.step == steps):
                row |= {**validate(job), **exact(job)}
                best = _judge(course, row["validation"], job, best)
            tick()
            row |= {"tokens": course.tokens, "seconds": round(course.seconds, 3)}
            record(row)
            track(row)
            run.progress("train", journal.line(course, steps))
            # The loss of ppo is no level to keep; it stops by rules of its own.
            high = 0 if phase.objective == "ppo" else watch.streak(course.rows)
            if high == watch.STREAK:
                raise watch.diverged(job, course.rows)
            # What may be a divergence must not push the last good checkpoints off the shelf.
            if not high and (course.step % checkpoint_every == 0 or course.step == steps):
                state.keep(shelf, course, job, best, optimizer)

    state.put(job, best)
    job.model.eval()
    return course


def _step(job: Job, optimizer: Any, number: int, indices: list[int]) -> dict[str, float]:
    """One optimizer step on these records; returns their mean `loss` and the objective's other figures.

    The loss of every pass is divided by the weights of the whole step (for tokens: the supervised ones), so that
    neither the cut into passes nor a record's length changes what a token weighs.
    """
    weight = sum(job.rows[at].weight for at in indices)
    total: Counter[str] = Counter()
    for part, counts in together.abreast(job, job.passes(job.rows, together.share(job, job.rows, indices)), indices[0]):
        loss, figures = job.objective.loss(job.model, [job.rows[at] for at in part])
        job.accelerator.backward(loss / weight * counts)
        if counts:
            total.update({"loss": loss.item(), **figures})
    total = together.summed(job, total)
    together.add_gradients(job)
    norm = float(shards.whole(job.accelerator.clip_grad_norm_(job.weights.values(), job.phase.clip)))
    scaled = job.accelerator.scaler is not None  # fp16: the scaler skips a step that overflowed
    if not math.isfinite(total["loss"]) or not (scaled or math.isfinite(norm)):
        raise watch.no_number(job, f"at step {number:,}", indices)
    optimizer.step()
    optimizer.zero_grad()
    return {name: value / weight for name, value in total.items()}


@torch.no_grad()
def validate(job: Job) -> dict[str, float]:
    """`validation`, the mean loss over the validation records (for tokens: a supervised one), and the other figures."""
    job.model.eval()
    total: Counter[str] = Counter()
    own = job.passes(job.validation, together.share(job, job.validation, range(len(job.validation))))
    for part, counts in together.abreast(job, own):
        loss, figures = job.objective.loss(job.model, [job.validation[at] for at in part])
        if counts:
            total.update({"validation": loss.item(),
                          **{f"validation_{name}": value for name, value in figures.items()}})
    shards.rest(job.model)
    job.model.train()
    total = together.summed(job, total)
    weight = sum(row.weight for row in job.validation)
    return {name: value / weight for name, value in total.items()}


def _judge(course: Course, loss: float, job: Job, best: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Note a validation in `course`; returns a copy of the weights if they are the best yet, else `best`."""
    if course.best is None or loss < course.best:
        course.best, course.best_step, course.stale = loss, course.step, 0
        return {name: weight.detach().clone() for name, weight in job.weights.items()}
    course.stale += 1
    return best
