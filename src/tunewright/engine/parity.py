"""Whether a model gets from a tree what it gets from lines padded: tried before anything is built on it."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from tunewright.engine import attention
from tunewright.engine.lines import Line, nats
from tunewright.engine.tree import common, key

SEEN = 256
"""Lines among which the two to try are looked for."""
# Largest difference of losses and gradients, as a share of their length: far above rounding, in 32 bits and in 16, and
# far below what comes of one token that sees what it must not, or stands at a wrong position.
_EXACT, _ROUNDED = 1e-4, 0.1


def settle(model: Any, lines: Sequence[Line], pad_id: int, exact: bool) -> str | None:
    """Let `model` read trees if it gets the same losses and gradients from two of the lines; else, say why not.

    Where gradients are off, losses alone are compared. `exact` says that it computes in 32 bits. The two lines are
    those that begin most alike. Mode, gradients and random state are afterwards what they were.
    """
    if attention.installed(model):
        return None
    before = model.config._attn_implementation
    if reason := attention.unfit(model):
        return reason
    pair = _most_alike(lines[:SEEN])
    wanted = _answer(model, pair, pad_id)
    attention.install(model)
    try:
        found = _answer(model, pair, pad_id, shared=True)
    except torch.OutOfMemoryError:  # says nothing of trees; the rehearsal tells it
        raise
    except (RuntimeError, TypeError, ValueError) as error:  # a shape or an argument that this architecture refuses
        apart, reason = torch.inf, f"its layers do not take a tree ({type(error).__name__})"
    else:
        apart = max(float((one - other).norm() / other.norm().clamp_min(1e-30))
                    for one, other in zip(found, wanted, strict=True))
        reason = f"from a tree it gets other {'gradients' if len(found) > 1 else 'losses'}, {apart:.1g} of them apart"
    if apart <= (_EXACT if exact else _ROUNDED):
        return None
    model.set_attn_implementation(before)
    return reason


def _most_alike(lines: Sequence[Line]) -> list[Line]:
    ordered = sorted(lines, key=lambda line: key(line.ids.numpy()))
    return list(max(pairwise(ordered), default=tuple(ordered), key=lambda pair: common(
        *(line.ids.numpy() for line in pair))))


def _answer(model: Any, lines: Sequence[Line], pad_id: int, shared: bool | None = None) -> tuple[Tensor, ...]:
    """Losses of the lines, and all gradients as one vector where they are on."""
    training = model.training
    model.eval()
    try:
        losses = nats(model, lines, pad_id, shared)
        if not torch.is_grad_enabled():
            return (losses,)
        weights = [weight for weight in model.parameters() if weight.requires_grad]
        gradients = torch.autograd.grad(losses.sum(), weights, allow_unused=True)
        return losses.detach(), torch.cat([part.flatten().float() for part in gradients if part is not None])
    finally:
        model.train(training)
