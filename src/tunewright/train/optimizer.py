"""The optimizers."""

import torch

from tunewright.train.job import Job

# Fine-tuning takes hundreds of steps, not hundreds of thousands: a second moment over 50 steps keeps up with it.
BETAS = (0.9, 0.98)


def make_optimizer(job: Job) -> torch.optim.Optimizer:
    """AdamW over the trainable weights; matrices decay, biases and norms do not."""
    weights = list(job.weights.values())
    groups = [{"params": [weight for weight in weights if weight.ndim >= 2], "weight_decay": job.phase.weight_decay},
              {"params": [weight for weight in weights if weight.ndim < 2], "weight_decay": 0.0}]
    return torch.optim.AdamW([group for group in groups if group["params"]], job.rate, BETAS, fused=True)
