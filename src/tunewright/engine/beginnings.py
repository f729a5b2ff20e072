"""Beginnings of prompts that a model has read: their keys and values, kept so that they are computed once.

A system prompt, a conversation's earlier turns. They are kept in blocks of `BLOCK` tokens, each under the block before
it, and the first under its model: what another model computed cannot be found. What was used least recently goes first,
a block before the one it stands under.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from tunewright.engine.cache import Pair

BLOCK = 16
"""Tokens of a block. Fewer find more in common; more take fewer copies."""


@dataclass(frozen=True, eq=False)
class Block:
    """Keys and values (heads, BLOCK, width) of every layer, for tokens at one place of a model's prompts."""

    number: int
    model: str
    layers: tuple[Pair, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(part.nbytes for pair in self.layers for part in pair)


class Beginnings:
    """At most `most` bytes of blocks, of several models. Used by one thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._blocks: OrderedDict[tuple[int | str, tuple[int, ...]], Block] = OrderedDict()
        self._count = 0
        self.size = 0

    def find(self, model: str, ids: Sequence[int]) -> list[Block]:
        """The blocks that `ids` begin with, as many as `model` has read; never all of `ids`: the last token is read
        again, for what it predicts."""
        keys, found = self._known(model, ids[:-1])
        self._use(keys)
        return found

    def keep(self, model: str, ids: Sequence[int], layers: Sequence[Pair]) -> None:
        """Keep what `model` made of `ids`, layer by layer as (heads, len(ids), width), in whole blocks."""
        if self._most <= 0:
            return
        keys, found = self._known(model, ids)
        above: int | str = found[-1].number if found else model
        for start in range(len(found) * BLOCK, len(ids) - BLOCK + 1, BLOCK):
            part = slice(start, start + BLOCK)
            block = Block(self._count, model, tuple((mine[:, part].clone(), values[:, part].clone())
                                                    for mine, values in layers))
            keys.append((above, tuple(ids[part])))
            self._blocks[keys[-1]] = block
            self._count += 1
            self.size += block.size
            above = block.number
        self._use(keys)
        while self.size > self._most:
            self.size -= self._blocks.popitem(last=False)[1].size

    def forget(self, model: str) -> None:
        """Let go what a model read."""
        for key in [key for key, block in self._blocks.items() if block.model == model]:
            self.size -= self._blocks.pop(key).size

    def _known(self, model: str, ids: Sequence[int]) -> tuple[list[tuple[int | str, tuple[int, ...]]], list[Block]]:
        keys: list[tuple[int | str, tuple[int, ...]]] = []
        found: list[Block] = []
        above: int | str = model
        for start in range(0, len(ids) - BLOCK + 1, BLOCK):
            key = (above, tuple(ids[start:start + BLOCK]))
            block = self._blocks.get(key)
            if block is None:
                break
            keys.append(key)
            found.append(block)
            above = block.number
        return keys, found

    def _use(self, keys: Sequence[tuple[int | str, tuple[int, ...]]]) -> None:
        """Note use from the last to the first, so that no block goes before those under it."""
        for key in reversed(keys):
            self._blocks.move_to_end(key)


def joined(blocks: Sequence[Block], tokens: int) -> list[Pair] | None:
    """Keys and values (heads, tokens, width) of the first so many tokens, layer by layer; None for no tokens."""
    if tokens <= 0:
        return None
    blocks = blocks[:-(-tokens // BLOCK)]
    return [(torch.cat([keys for keys, _ in layer], 1)[:, :tokens],
             torch.cat([values for _, values in layer], 1)[:, :tokens])
            for layer in zip(*(block.layers for block in blocks), strict=True)]
