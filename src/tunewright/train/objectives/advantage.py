"""Generalised advantage estimation (Schulman et al., 2016)."""

from collections.abc import Sequence

import torch
from torch import Tensor


def advantages(rewards: Tensor, values: Tensor, discount: float, trace: float) -> Tensor:
    """How much better each token of one answer did than its value foretold, (tokens,): Σ (γλ)^k · δ of the k-th after.

    δ is r + γ·v' - v; after the last token there is nothing more to come.
    """
    found, later, following = torch.zeros_like(values), 0.0, 0.0
    for at in range(len(values) - 1, -1, -1):
        surprise = float(rewards[at]) + discount * following - float(values[at])
        later = surprise + discount * trace * later
        found[at] = later
        following = float(values[at])
    return found


def whitened(each: Sequence[Tensor]) -> list[Tensor]:
    """The same with mean 0 and spread 1 over all tokens together."""
    whole = torch.cat(list(each))
    spread = whole.std(unbiased=False) + 1e-8
    return [(one - whole.mean()) / spread for one in each]
