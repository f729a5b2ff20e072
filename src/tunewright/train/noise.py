"""NEFTune: noise on the embeddings that are learned from, so that less is learned by heart (Jain et al., 2024)."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from tunewright.train.job import Job


@contextmanager
def noisy(job: Job) -> Iterator[None]:
    """While training, embeddings get uniform noise of at most alpha / sqrt(length · width); in validation none.

    The paper's length is the sequence's, which padding and packing would change: here it is the mean over all lines.
    """
    alpha = job.phase.neftune
    if alpha is None:
        yield
        return
    lengths = [len(line.ids) for row in job.rows for line in row.lines]
    length = sum(lengths) / len(lengths)

    def add(module: Any, _: Any, embedded: torch.Tensor) -> torch.Tensor:
        most = alpha / math.sqrt(length * embedded.shape[-1])
        return embedded + torch.empty_like(embedded).uniform_(-most, most) if module.training else embedded

    hook = job.model.get_input_embeddings().register_forward_hook(add)
    try:
        yield
    finally:
        hook.remove()
