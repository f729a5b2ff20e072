"""The optimizers, and which weights step how far."""

from collections.abc import Callable
from typing import Any

import torch

from tunewright.core.errors import Fault
from tunewright.train.job import Job

# Fine-tuning takes hundreds of steps, not hundreds of thousands: a second moment over 50 steps keeps up with it.
BETAS = (0.9, 0.98)

Groups = list[dict[str, Any]]


def make_optimizer(job: Job) -> torch.optim.Optimizer:
    """The phase's optimizer over the trainable weights. Raises Fault if this machine or the model cannot have it.

    Matrices decay, biases and norms do not. A group's `share` is what the loop multiplies its learning rate with.
    """
    return KINDS[job.phase.optimizer](_groups(job), job)


def _groups(job: Job) -> Groups:
    """The weights by decay and share; `lora_plus` lets LoRA's second matrix step further (Hayou et al., 2024)."""
    ratio = job.phase.lora_plus
    if ratio is not None and not any("lora_B" in name for name in job.weights):
        raise Fault(f"train: lora_plus sets a learning rate for LoRA's second matrices, and method {job.phase.method} "
                    "trains none: remove lora_plus, or take method lora.")
    groups: dict[tuple[bool, float], list[torch.Tensor]] = {}
    for name, weight in job.weights.items():
        share = ratio if ratio is not None and "lora_B" in name else 1.0
        groups.setdefault((weight.ndim >= 2, share), []).append(weight)
    return [{"params": weights, "weight_decay": job.phase.weight_decay if decays else 0.0, "share": share}
            for (decays, share), weights in sorted(groups.items(), key=lambda group: group[0], reverse=True)]


def _adamw(groups: Groups, job: Job) -> torch.optim.Optimizer:
    """Decoupled weight decay (Loshchilov & Hutter, 2019), in one kernel."""
    return torch.optim.AdamW(groups, job.rate, BETAS, fused=True)


def _of_bitsandbytes(name: str) -> Callable[[Groups, Job], torch.optim.Optimizer]:
    """AdamW with moments in 8 bits (Dettmers et al., 2022), or paged to the CPU when a GPU runs short, or both."""

    def make(groups: Groups, job: Job) -> torch.optim.Optimizer:
        device = job.accelerator.device.type
        if name.startswith("Paged") and device != "cuda":
            raise Fault(f"train: optimizer {job.phase.optimizer} moves moments between a CUDA GPU and the CPU, and "
                        f"this run is on the {device} alone: take adamw or adamw8bit here.")
        try:
            from bitsandbytes import optim
        except ImportError as error:
            raise Fault(f"train: optimizer {job.phase.optimizer} needs bitsandbytes: `pip install bitsandbytes`, "
                        "or take adamw.") from error
        made: torch.optim.Optimizer = getattr(optim, name)(groups, job.rate, BETAS)
        return made

    return make


KINDS: dict[str, Callable[[Groups, Job], torch.optim.Optimizer]] = {
    "adamw": _adamw, "adamw8bit": _of_bitsandbytes("AdamW8bit"), "paged_adamw": _of_bitsandbytes("PagedAdamW"),
    "paged_adamw8bit": _of_bitsandbytes("PagedAdamW8bit")}
