"""Rows decoded together: they join and leave between two steps, and each gives what it would give alone.

Shapes: B rows, S columns of cache. The cache is left-padded: a row's last token is always in the last column, its
padding is masked (0 in `_mask`), and its position is the number of its own tokens before, whatever the padding.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn.functional import pad
from transformers.cache_utils import Cache

from tunewright.core.errors import Fault
from tunewright.engine import cache
from tunewright.engine.beginnings import BLOCK, Beginnings, Block, joined
from tunewright.engine.draw import Leaning, sample
from tunewright.engine.engine import Finish, Request
from tunewright.engine.matcher import Matcher
from tunewright.engine.sure import Sure, of
from tunewright.engine.text import Text

Forward = Callable[..., Any]
# What a pass costs before it reads anything, in tokens: measured on `tiny`; a GPU reads a thousand in its time.
_PASS = {"cpu": 32, "cuda": 1024}


@dataclass(eq=False)
class Row:
    """One answer in the making: at most `limit` tokens, on a network, through one of its adapters or none.

    `leaning` and `matcher` say what its request adds to logits and which tokens it allows; None: nothing, all.
    `wanted` is how many likeliest tokens `sure` keeps beside each one; None keeps none of it. `told` is called, on the
    decoding thread, after every token and when `error` ends the answer. Whoever sets `cancelled` hears no more.
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
    said: list[int] = field(default_factory=list)
    sure: list[Sure] = field(default_factory=list)
    wanted: int | None = None
    leaning: Leaning | None = None
    matcher: Matcher | None = None
    finish: Finish | None = None
    cancelled: bool = False
    error: Exception | None = None

    @property
    def model(self) -> str:
        """The model that answers; empty for the bare base."""
        return self.request.model or ""

    @property
    def longest(self) -> int:
        """Tokens, read and written, that it may come to."""
        return len(self.prompt) + self.limit

    @property
    def tokens(self) -> int:
        """How many tokens it has written, one that ends its turn included."""
        return len(self.said)

    @property
    def last(self) -> int:
        """The token written last."""
        return self.said[-1]

    def choose(self, logits: torch.Tensor, likeliest: int) -> int:
        """The next token, of logits (vocabulary,) among which `likeliest` has most. Raises Fault if there is none."""
        leant = logits if self.leaning is None else self.leaning.of(logits)
        if self.matcher is not None:
            leant = leant.masked_fill(~self.matcher.allowed(len(leant)).to(leant.device), -math.inf)
        if self.draw is None:
            return likeliest if leant is logits else int(leant.argmax())
        return sample(leant, self.request, self.draw)

    def accept(self, token: int) -> None:
        """Add a token to the answer; decide whether it was the last."""
        self.said.append(token)
        if self.leaning is not None:
            self.leaning.took(token)
        if token in self.stop_ids:
            self.finish = "stop"
        else:
            self.text.push(token)
            complete = self.matcher is not None and self.matcher.took(token)
            if self.text.stopped or complete:
                self.finish = "stop"
            elif self.tokens >= self.limit:
                self.finish = "length"
        if self.finish:
            self.text.end()


class Batch:
    """Rows and their cache, on one network. What prompts begin with is taken from `held`, if that knows it."""

    def __init__(self, forward: Forward, device: str, held: Beginnings | None = None) -> None:
        self._forward = forward
        self._device = device
        self._held = held or Beginnings(0)
        self.rows: list[Row] = []
        self._mask = torch.zeros(0, 0, dtype=torch.long, device=device)
        self._cache = cache.empty()

    def join(self, rows: Sequence[Row]) -> None:
        """Read the prompts of new rows, put them beside the old ones; each gets its first token."""
        known = [self._held.find(row.model, row.prompt) for row in rows]
        unread = [len(row.prompt) - len(blocks) * BLOCK for row, blocks in zip(rows, known, strict=True)]
        for group in passes(unread, _PASS["cuda" if self._device.startswith("cuda") else "cpu"]):
            self._read([rows[at] for at in group], [known[at] for at in group], max(unread[at] for at in group))

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
        for at in sorted({*range(len(self.rows))} - {*kept}):
            if self.rows[at].finish:
                self._keep(self.rows[at], self._cache, at)
        self.rows = [self.rows[at] for at in kept]
        if not kept:
            self._mask, self._cache = self._mask[:0, :0], cache.empty()
            return
        index = torch.tensor(kept, device=self._device)
        self._mask = self._mask[index]
        start = int(self._mask.any(0).int().argmax())
        self._mask = self._mask[:, start:]
        self._cache = cache.kept(self._cache, index, start)

    def _read(self, rows: list[Row], known: Sequence[Sequence[Block]], length: int) -> None:
        """Read the last `length` tokens of every prompt in one pass, what is before them being known.

        All rows read as many, though more of some is known, so that no padding stands between two tokens of a row.
        """
        columns = max(length, *(len(row.prompt) for row in rows))
        ids = torch.tensor([_padded(row.prompt[-length:], length) for row in rows], device=self._device)
        mask = torch.tensor([_padded([1] * len(row.prompt), columns) for row in rows], device=self._device)
        before = [joined(blocks, len(row.prompt) - length) for row, blocks in zip(rows, known, strict=True)]
        read = cache.aligned(before, columns - length) if columns > length else cache.empty()
        positions = (mask.cumsum(-1) - 1).clamp(min=0)[:, -length:]
        logits = self._run(ids, mask, positions, read, rows)
        for at, row in enumerate(rows):
            self._keep(row, read, at)
        self._beside(mask, read)
        self.rows += rows
        self._accept(logits, rows)

    def _keep(self, row: Row, read: Cache, at: int) -> None:
        """Remember what a row's model made of all its tokens but the last that it wrote, which nothing has read."""
        ids = row.prompt + row.said[:-1]
        self._held.keep(row.model, ids, [(layer.keys[at, :, -len(ids):], layer.values[at, :, -len(ids):])
                                         for layer in read.layers])

    def _run(self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, read: Cache,
             rows: Sequence[Row]) -> torch.Tensor:
        """Logits after each row's last token, [B, vocabulary], in 32 bits."""
        output = self._forward([row.adapter for row in rows], input_ids=ids, attention_mask=mask,
                               position_ids=positions, cache=read, use_cache=True, logits_to_keep=1)
        return output.logits[:, -1].float()

    def _beside(self, mask: torch.Tensor, read: Cache) -> None:
        """Put new rows under the old ones; the shorter of the two is padded on the left."""
        if not self.rows:
            self._mask, self._cache = mask, read
            return
        columns = max(mask.shape[1], self._mask.shape[1])
        self._mask = torch.cat([pad(one, (columns - one.shape[1], 0)) for one in (self._mask, mask)])
        self._cache = cache.beside(self._cache, read, columns)

    def _accept(self, logits: torch.Tensor, rows: Sequence[Row]) -> None:
        largest, likeliest = (part.tolist() for part in logits.max(-1))  # the largest is NaN where any is
        for at, row in enumerate(rows):
            if math.isnan(largest[at]):
                row.error = Fault("the model computes what is not a number: its weights are damaged, train it again.")
                continue
            try:
                token = row.choose(logits[at], likeliest[at])
                if row.wanted is not None and token not in row.stop_ids:
                    row.sure.append(of(logits[at], token, row.wanted))
                row.accept(token)
            except Fault as fault:
                row.error = fault


def passes(unread: Sequence[int], cost: int) -> list[list[int]]:
    """Rows, by how many tokens of theirs are unread, in the passes that read least.

    All rows of a pass read as many tokens as the one with most; a pass itself costs as much as `cost` tokens.
    """
    order = sorted(range(len(unread)), key=lambda at: unread[at])
    best: list[tuple[int, int]] = [(0, 0)]  # of the first so many in order: least cost, and where the last pass begins
    for end in range(1, len(order) + 1):
        longest = unread[order[end - 1]]
        best.append(min((best[start][0] + cost + (end - start) * longest, start) for start in range(end)))
    found: list[list[int]] = []
    end = len(order)
    while end:
        start = best[end][1]
        found.insert(0, order[start:end])
        end = start
    return found


def _padded(numbers: list[int], length: int) -> list[int]:
    return [0] * (length - len(numbers)) + numbers
