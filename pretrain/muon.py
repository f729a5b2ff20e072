"""Muon for the matrices (batched Newton-Schulz in fp32) and AdamW for the rest, in one optimiser."""

from __future__ import annotations

import torch
from torch import Tensor, nn

STEPS = ((3.4445, -4.7750, 2.0315),) * 5


def orthogonal(batch: Tensor) -> Tensor:
    """Nearest semi-orthogonal matrices, approximately, for a stack of matrices."""
    flip = batch.shape[-2] > batch.shape[-1]
    x = batch.mT if flip else batch
    x = x / (x.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    for a, b, c in STEPS:
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if flip else x


class Muon:
    """Keeps one momentum a matrix and two moments a remaining parameter."""

    def __init__(
        self, module: nn.Module, lr: float = 0.02, rest_lr: float = 3e-3, momentum: float = 0.95, decay: float = 0.01
    ) -> None:
        """Sort the parameters by name into matrices and the rest."""
        self.lr, self.rest_lr, self.momentum, self.decay, self.count = lr, rest_lr, momentum, decay, 0
        named = dict(module.named_parameters())
        self.matrices = {k: p for k, p in named.items() if p.ndim == 2 and "embed" not in k}
        self.rest = {k: p for k, p in named.items() if k not in self.matrices}
        self.state = {f"m.{k}": torch.zeros_like(p) for k, p in named.items()}
        self.state |= {f"v.{k}": torch.zeros_like(p) for k, p in self.rest.items()}

    def _shapes(self) -> dict[tuple[int, ...], list[str]]:
        groups: dict[tuple[int, ...], list[str]] = {}
        for key, p in self.matrices.items():
            groups.setdefault(tuple(sorted(p.shape)), []).append(key)
        return groups

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """One update at `scale` times the learning rates."""
        self.count += 1
        for keys in self._shapes().values():
            turned = {k: self.matrices[k].shape[0] > self.matrices[k].shape[1] for k in keys}
            stack = []
            for k in keys:
                p, m = self.matrices[k], self.state[f"m.{k}"]
                assert p.grad is not None
                m.mul_(self.momentum).add_(p.grad)
                update = p.grad.add(m, alpha=self.momentum)
                stack.append(update.T if turned[k] else update)
            for k, o in zip(keys, orthogonal(torch.stack(stack)), strict=True):
                p = self.matrices[k]
                p.mul_(1 - self.lr * scale * self.decay)
                size = max(1.0, p.shape[0] / p.shape[1]) ** 0.5
                p.add_(o.T if turned[k] else o, alpha=-self.lr * scale * size)
        self._adam(scale)
        for p in (*self.matrices.values(), *self.rest.values()):
            p.grad = None

    def _adam(self, scale: float, b1: float = 0.9, b2: float = 0.95) -> None:
        for key, p in self.rest.items():
            m, v = self.state[f"m.{key}"], self.state[f"v.{key}"]
            assert p.grad is not None
            m.lerp_(p.grad, 1 - b1)
            v.lerp_(p.grad.square(), 1 - b2)
            top = m / (1 - b1**self.count)
            below = (v / (1 - b2**self.count)).sqrt_().add_(1e-8)
            p.addcdiv_(top, below, value=-self.rest_lr * scale)
