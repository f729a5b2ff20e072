"""The loop: every step of every training run passes through `train`, and all it does is on this page."""

import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from tunewright.core.errors import Fault
from tunewright.core.run import Run
from tunewright.recipe import PhaseSpec
from tunewright.train import rates
from tunewright.train.batches import Batches, passes
from tunewright.train.checkpoint import Checkpoint, Course, Shelf
from tunewright.train.objectives import Objective, Row

# Fine-tuning takes hundreds of steps, not hundreds of thousands: a second moment over 50 steps keeps up with it.
BETAS = (0.9, 0.98)


@dataclass(frozen=True)
class Job:
    """What a training run needs. `rate` is the peak learning rate; `accelerator` knows device and precision."""

    model: Any
    objective: Objective
    accelerator: Any
    phase: PhaseSpec
    rate: float
    rows: list[Row]
    validation: list[Row]

    @property
    def batches(self) -> Batches:
        """Which records each step sees."""
        return Batches(tuple(row.size for row in self.rows), self.phase.batch, self.phase.seed)

    @property
    def steps(self) -> int:
        """Optimizer steps, if patience lasts."""
        return self.batches.steps(self.phase)

    @property
    def validate_every(self) -> int:
        """Optimizer steps between validations."""
        return self.phase.validate_every or max(1, self.batches.per_epoch // 4)

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        """The trainable weights by name: the tensors themselves."""
        return {name: weight for name, weight in self.model.named_parameters() if weight.requires_grad}


def train(job: Job, shelf: Shelf, run: Run) -> Course:
    """Train `job.model` in place and leave it at its best validation. Goes on from the shelf's last checkpoint."""
    phase, steps = job.phase, job.steps
    checkpoint_every = phase.checkpoint_every or job.validate_every
    model, optimizer = job.accelerator.prepare(job.model, make_optimizer(job))
    course, best = _restore(shelf.load(), job, optimizer)
    if course.step:
        run.say("train", f"goes on from step {course.step:,} of {steps:,}, where it was stopped")
    model.train()

    with _metrics(run, course) as record, _clock(course) as tick:
        for indices in job.batches.since(course.step):
            if course.step == steps or (phase.patience and course.stale >= phase.patience):
                break
            rate = job.rate * rates.share(phase, course.step, steps)
            for group in optimizer.param_groups:
                group["lr"] = rate
            row = {"step": course.step + 1, **_step(job, model, optimizer, indices), "lr": rate}

            course.step += 1
            course.tokens += sum(job.rows[at].tokens for at in indices)
            if job.validation and (course.step % job.validate_every == 0 or course.step == steps):
                row["validation"] = mean_loss(job, model)
                best = _judge(course, row["validation"], job, best)
            tick()
            record({**row, "tokens": course.tokens, "seconds": round(course.seconds, 3)})
            run.progress("train", _line(course, steps))
            if course.step % checkpoint_every == 0 or course.step == steps:
                shelf.save(_checkpoint(course, job, best, optimizer))

    _put(job, best)
    model.eval()
    return course


def _step(job: Job, model: Any, optimizer: Any, indices: list[int]) -> dict[str, float]:
    """One optimizer step on these records; returns their mean `loss` and the objective's other figures.

    The loss of every pass is divided by the weights of the whole step (for tokens: the supervised ones), so that
    neither the cut into passes nor a record's length changes what a token weighs.
    """
    weight = sum(job.rows[at].weight for at in indices)
    total: Counter[str] = Counter()
    for part in passes(indices, job.batches.lengths, job.phase.batch_tokens):
        loss, figures = job.objective.loss(model, [job.rows[at] for at in part])
        job.accelerator.backward(loss / weight)
        total.update({"loss": loss.item(), **figures})
    norm = float(job.accelerator.clip_grad_norm_(job.weights.values(), job.phase.clip))
    scaled = job.accelerator.scaler is not None  # fp16: the scaler skips a step that overflowed
    if not math.isfinite(total["loss"]) or not (scaled or math.isfinite(norm)):
        raise Fault("train: the loss is no longer a number, so the run stopped before the weights took harm: "
                    f"lower learning_rate (its peak is {job.rate:g}) or clip, or use precision fp32.")
    optimizer.step()
    optimizer.zero_grad()
    return {name: value / weight for name, value in total.items()}


def make_optimizer(job: Job) -> torch.optim.Optimizer:
    """AdamW over the trainable weights; matrices decay, biases and norms do not."""
    weights = list(job.weights.values())
    groups = [{"params": [weight for weight in weights if weight.ndim >= 2], "weight_decay": job.phase.weight_decay},
              {"params": [weight for weight in weights if weight.ndim < 2], "weight_decay": 0.0}]
    return torch.optim.AdamW([group for group in groups if group["params"]], job.rate, BETAS, fused=True)


@torch.no_grad()
def mean_loss(job: Job, model: Any) -> float:
    """Mean loss over the validation records, per unit of weight (for tokens: per supervised one)."""
    model.eval()
    sizes = [row.size for row in job.validation]
    total = torch.zeros((), dtype=torch.float64, device=job.accelerator.device)
    for part in passes(range(len(sizes)), sizes, job.phase.batch_tokens):
        total += job.objective.loss(model, [job.validation[at] for at in part])[0]
    model.train()
    return float(total) / sum(row.weight for row in job.validation)


def _judge(course: Course, loss: float, job: Job, best: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Note a validation in `course`; returns a copy of the weights if they are the best yet, else `best`."""
    if course.best is None or loss < course.best:
        course.best, course.best_step, course.stale = loss, course.step, 0
        return {name: weight.detach().clone() for name, weight in job.weights.items()}
    course.stale += 1
    return best


def _checkpoint(course: Course, job: Job, best: dict[str, torch.Tensor], optimizer: Any) -> Checkpoint:
    """All of the run's state at this step."""
    course.scaler = job.accelerator.scaler.state_dict() if job.accelerator.scaler else None
    moments = {f"{number}.{name}": tensor for number, state in optimizer.state_dict()["state"].items()
               for name, tensor in state.items()}
    random = {"cpu": torch.get_rng_state()}
    if job.accelerator.device.type == "cuda":
        random["cuda"] = torch.cuda.get_rng_state()
    return Checkpoint(course, {name: weight.detach() for name, weight in job.weights.items()}, best, moments, random)


def _restore(saved: Checkpoint | None, job: Job, optimizer: Any) -> tuple[Course, dict[str, torch.Tensor]]:
    """Put a checkpoint back into model, optimizer and RNG; returns its course and its best weights."""
    if saved is None:
        torch.manual_seed(job.phase.seed)
        return Course(), {}
    _put(job, saved.weights)
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, tensor in saved.optimizer.items():
        number, name = key.split(".")
        state.setdefault(int(number), {})[name] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    if saved.course.scaler:
        job.accelerator.scaler.load_state_dict(saved.course.scaler)
    torch.set_rng_state(saved.random["cpu"])
    if "cuda" in saved.random:
        torch.cuda.set_rng_state(saved.random["cuda"])
    return saved.course, {name: tensor.to(job.accelerator.device) for name, tensor in saved.best.items()}


@torch.no_grad()
def _put(job: Job, weights: dict[str, torch.Tensor]) -> None:
    """Copy `weights` into the model; an empty dict (no validation yet) leaves it as it is."""
    mine = job.weights
    for name, tensor in weights.items():
        mine[name].copy_(tensor)


@contextmanager
def _metrics(run: Run, course: Course) -> Iterator[Any]:
    """`metrics.jsonl` in the run's room: the rows so far, then one more at each call."""
    with (run.room("train") / "metrics.jsonl").open("w") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in course.rows)

        def record(row: dict[str, Any]) -> None:
            course.rows.append(row)
            stream.write(json.dumps(row) + "\n")
            stream.flush()

        yield record


@contextmanager
def _clock(course: Course) -> Iterator[Any]:
    """Add the time since the last call to `course.seconds`, which also counts what a stopped run spent."""
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        course.seconds += now - last
        last = now

    yield tick


def _line(course: Course, steps: int) -> str:
    """How far it is, for a person."""
    rate = course.tokens / max(course.seconds, 1e-9)
    left = course.seconds / course.step * (steps - course.step)
    validation = f" · validation {course.best:.3f}" if course.best is not None else ""
    return (f"{course.step}/{steps} · loss {course.rows[-1]['loss']:.3f}{validation} · {rate / 1000:.1f}k tokens/s"
            f" · {span(left)} left")


def span(seconds: float) -> str:
    """A length of time as a person says it: `8 s`, `1 min 40 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
