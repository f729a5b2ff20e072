"""A run's whole state: taken into a checkpoint, and put back."""

from typing import Any

import torch

from tunewright.train import shards, together
from tunewright.train.checkpoint import Checkpoint, Course, Shelf
from tunewright.train.job import Job


def keep(shelf: Shelf, course: Course, job: Job, best: dict[str, torch.Tensor], optimizer: Any) -> None:
    """Put the run's state on the shelf. All processes call this, for their random states, and the first one writes."""
    random = {f"{device}.{number}": state for number, own in enumerate(together.gathered(job, _random(job)))
              for device, state in own.items()}
    taken = _take(course, job, best, optimizer, random)
    if job.accelerator.is_main_process:
        shelf.save(taken)


def _random(job: Job) -> dict[str, torch.Tensor]:
    """This process's random states."""
    cuda = {"cuda": torch.cuda.get_rng_state()} if job.accelerator.device.type == "cuda" else {}
    return {"cpu": torch.get_rng_state(), **cuda}


def _take(course: Course, job: Job, best: dict[str, torch.Tensor], optimizer: Any,
          random: dict[str, torch.Tensor]) -> Checkpoint:
    """All of the run's state at this step."""
    course.scaler = job.accelerator.scaler.state_dict() if job.accelerator.scaler else None
    stepped = [weight for group in optimizer.param_groups for weight in group["params"]]
    # The state itself, not its state_dict, in which bitsandbytes nests things. Its steps are plain integers, and its
    # weights share their tables of 8-bit values, which safetensors wants to see once each.
    moments = {f"{number}.{name}": value.clone() if name.startswith("qmap") else shards.whole(torch.as_tensor(value))
               for number, weight in enumerate(stepped) for name, value in optimizer.state[weight].items()}
    return Checkpoint(course, {name: shards.whole(weight.detach()) for name, weight in job.weights.items()},
                      {name: shards.whole(weight) for name, weight in best.items()}, moments, random)


def restore(saved: Checkpoint | None, job: Job, optimizer: Any) -> tuple[Course, dict[str, torch.Tensor]]:
    """Put a checkpoint back into model, optimizer and RNG; returns its course and its best weights."""
    own = job.accelerator.process_index
    if saved is None:
        torch.manual_seed(job.phase.seed + own)  # each process drops out its own
        return Course(), {}
    put(job, saved.weights)
    stepped = [weight for group in optimizer.param_groups for weight in group["params"]]
    state: dict[int, dict[str, Any]] = {}
    for key, tensor in saved.optimizer.items():
        number, name = key.split(".")
        moment = tensor.item() if tensor.dtype == torch.int64 else shards.part(tensor, stepped[int(number)])
        state.setdefault(int(number), {})[name] = moment
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    if saved.course.scaler:
        job.accelerator.scaler.load_state_dict(saved.course.scaler)
    torch.set_rng_state(saved.random[f"cpu.{own}"])
    if f"cuda.{own}" in saved.random:
        torch.cuda.set_rng_state(saved.random[f"cuda.{own}"])
    return saved.course, {name: shards.part(tensor.to(job.accelerator.device), job.weights[name])
                          for name, tensor in saved.best.items()}


@torch.no_grad()
def put(job: Job, weights: dict[str, torch.Tensor]) -> None:
    """Copy `weights` into the model; an empty dict (no validation yet) leaves it as it is."""
    mine = job.weights
    for name, tensor in weights.items():
        mine[name].copy_(shards.part(tensor, mine[name]))
