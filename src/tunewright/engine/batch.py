"""Rows decoded together: they join and leave between two steps, and each gives what it would give alone.

Shapes: B rows, S columns of cache. The cache is left-padded: a row's last token is always in the last column, its
padding is masked (0 in `_mask`), and its position is the number of its own tokens before, whatever the padding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import pad
from transformers.cache_utils import DynamicCache

from tunewright.core.errors import Fault
from tunewright.engine.engine import Finish, Request
from tunewright.engine.text import Text

Forward = Callable[..., Any]


@dataclass(eq=False)
class Row:
    """One answer in the making: at most `limit` tokens, on a network, through one of its adapters or none.

    `told` is called, on the decoding thread, after every token and when `error` ends the answer. Whoever sets
    `cancelled` hears no more.
    """

    request: Request
    prompt: list[int]
    limit: int
    stop_ids: frozenset[int]
    text: Text
    network: str
    adapter: str | None
    draw: torch.Generator | None
    told: Callable[["Row"], None]
    tokens: int = 0
    last: int = 0
    finish: Finish | None = None
    cancelled: bool = False
    error: Exception | None = None

    def accept(self, token: int) -> None:
        """Add a token to the answer; decide whether it was the last."""
        self.tokens += 1
        self.last = token
        if token in self.stop_ids:
            self.finish = "stop"
        else:
            self.text.push(token)
            if self.text.stopped:
                self.finish = "stop"
            elif self.tokens >= self.limit:
                self.finish = "length"
        if self.finish:
            self.text.end()


class Batch:
    """Rows and their cache, on one network."""

    def __init__(self, forward: Forward, device: str) -> None:
        self._forward = forward
        self._device = device
        self.rows: list[Row] = []
        self._mask = torch.zeros(0, 0, dtype=torch.long, device=device)
        self._cache = DynamicCache()

    def join(self, rows: Sequence[Row]) -> None:
        """Read the prompts of new rows in one pass, put them beside the old ones; each gets its first token."""
        length = max(len(row.prompt) for row in rows)
        ids = torch.tensor([[0] * (length - len(row.prompt)) + row.prompt for row in rows], device=self._device)
        mask = torch.tensor([[0] * (length - len(row.prompt)) + [1] * len(row.prompt) for row in rows],
                            device=self._device)
        cache = DynamicCache()
        logits = self._run(ids, mask, (mask.cumsum(-1) - 1).clamp(min=0), cache, rows)
        self._beside(mask, cache)
        self.rows += rows
        self._accept(logits, rows)

    def step(self) -> None:
        """One more token for every row."""
        ids = torch.tensor([[row.last] for row in self.rows], device=self._device)
        positions = self._mask.sum(-1, keepdim=True)
        self._mask = pad(self._mask, (0, 1), value=1)
        self._accept(self._run(ids, self._mask, positions, self._cache, self.rows), self.rows)

    def leave(self) -> None:
        """Let finished, failed and cancelled rows go, and the padding that only they needed."""
        kept = [at for at, row in enumerate(self.rows) if not (row.finish or row.cancelled or row.error)]
        if len(kept) == len(self.rows):
            return
        self.rows = [self.rows[at] for at in kept]
        if not kept:
            self._mask, self._cache = self._mask[:0, :0], DynamicCache()
            return
        index = torch.tensor(kept, device=self._device)
        self._mask = self._mask[index]
        start = int(self._mask.any(0).int().argmax())
        self._mask = self._mask[:, start:]
        for layer in self._cache.layers:
            layer.keys, layer.values = layer.keys[index, :, start:], layer.values[index, :, start:]

    def _run(self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, cache: DynamicCache,
             rows: Sequence[Row]) -> torch.Tensor:
        """Logits after each row's last token, [B, vocabulary], in 32 bits."""
        output = self._forward([row.adapter for row in rows], input_ids=ids, attention_mask=mask,
                               position_ids=positions, cache=cache, use_cache=True, logits_to_keep=1)
        return output.logits[:, -1].float()

    def _beside(self, mask: torch.Tensor, cache: DynamicCache) -> None:
        """Put new rows under the old ones; the shorter of the two is padded on the left."""
        if not self.rows:
            self._mask, self._cache = mask, cache
            return
        missing = mask.shape[1] - self._mask.shape[1]
        old, new = max(missing, 0), max(-missing, 0)
        self._mask = torch.cat([pad(self._mask, (old, 0)), pad(mask, (new, 0))])
        for mine, theirs in zip(self._cache.layers, cache.layers, strict=True):
            mine.keys = torch.cat([pad(mine.keys, (0, 0, old, 0)), pad(theirs.keys, (0, 0, new, 0))])
            mine.values = torch.cat([pad(mine.values, (0, 0, old, 0)), pad(theirs.values, (0, 0, new, 0))])

    def _accept(self, logits: torch.Tensor, rows: Sequence[Row]) -> None:
        likeliest, broken = logits.argmax(-1).tolist(), logits.isnan().any(-1).tolist()
        for at, row in enumerate(rows):
            if broken[at]:
                row.error = Fault("the model computes what is not a number: its weights are damaged, train it again.")
            else:
                row.accept(likeliest[at] if row.draw is None else sample(logits[at], row.request, row.draw))


def sample(logits: torch.Tensor, request: Request, draw: torch.Generator) -> int:
    """A token drawn from the smallest set of likeliest tokens whose probability reaches `top_p`."""
    chances, tokens = (logits.cpu() / request.temperature).softmax(-1).sort(descending=True)
    before = chances.cumsum(-1) - chances
    chances = chances.masked_fill(before >= request.top_p, 0.0)
    chances[0] = chances[0].clamp(min=1e-9)
    return int(tokens[torch.multinomial(chances, 1, generator=draw)])
