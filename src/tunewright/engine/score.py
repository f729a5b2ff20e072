"""Log-probabilities: how surprised a model is by the tokens it should write."""

from collections.abc import Sequence
from typing import Any

import torch

from tunewright.engine.batch import Forward
from tunewright.engine.chat import Rendered

_CELLS = 1 << 26  # most logits of one pass: 256 MB in 32 bits


def losses(forward: Forward, adapter: str | None, rows: Sequence[Rendered], pad: int, device: str) -> list[float]:
    """Mean negative log-probability of each row's supervised tokens, in nats a token, all in one pass.

    Raises ValueError for a row without a supervised token after its first.
    """
    width = max(len(row.ids) for row in rows)
    ids = torch.tensor([[*row.ids, *[pad] * (width - len(row.ids))] for row in rows], device=device)
    real = torch.tensor([[1] * len(row.ids) + [0] * (width - len(row.ids)) for row in rows], device=device)
    learned = torch.tensor([[*row.mask[1:], *[False] * (width - len(row.ids))] for row in rows], device=device)
    count = learned.sum(dim=1)
    if not bool(count.all()):
        raise ValueError("a row has no supervised token")
    at = learned.any(dim=0).nonzero()[:, 0]  # logits only where some row has a token to predict
    with torch.no_grad():
        output: Any = forward([adapter] * len(rows), input_ids=ids, attention_mask=real, use_cache=False,
                              logits_to_keep=at)
    logits = output.logits.float()
    nats = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:][:, at].flatten(), reduction="none")
    summed = (nats.view(len(rows), -1) * learned[:, at]).sum(dim=1)
    return [float(value) for value in summed / count]


def passes(rows: Sequence[Rendered], vocabulary: int) -> list[list[int]]:
    """Indices of `rows` cut into passes: like lengths together, and few enough logits each."""
    order = sorted(range(len(rows)), key=lambda at: len(rows[at].ids))
    found: list[list[int]] = []
    for at in order:
        if found and (len(found[-1]) + 1) * len(rows[at].ids) * vocabulary <= _CELLS:
            found[-1].append(at)
        else:
            found.append([at])
    return found
