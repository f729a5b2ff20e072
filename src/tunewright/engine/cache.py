"""Keys and values of rows decoded together, with room behind them: a token more is written, and nothing is copied.

Shapes: B rows, H heads, S columns, D width; a layer's keys and values are (B, H, S, D), a row's last token in the last
column, padding on its left.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad
from transformers.cache_utils import Cache, DynamicLayer

_ROOM = 64  # columns made at once: a copy of everything for every so many tokens
Pair = tuple[Tensor, Tensor]


class Roomy(DynamicLayer):
    """One layer's keys and values, as the first columns of larger tensors."""

    keys: Tensor
    values: Tensor
    _wide: Pair

    def update(self, key_states: Tensor, value_states: Tensor, *_args: object, **_kwargs: object) -> Pair:
        """Write new columns (B, H, new, D) behind the old ones; all columns up to now, as views."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.put(key_states, value_states)
            return key_states, value_states
        before = self.keys.shape[2]
        after = before + key_states.shape[2]
        if after > self._wide[0].shape[2]:
            self._wide = (_wider(self.keys, after + _ROOM), _wider(self.values, after + _ROOM))
        wide_keys, wide_values = self._wide
        wide_keys[:, :, before:after] = key_states
        wide_values[:, :, before:after] = value_states
        self.keys, self.values = wide_keys[:, :, :after], wide_values[:, :, :after]
        return self.keys, self.values

    def put(self, keys: Tensor, values: Tensor) -> None:
        """Hold these columns in place of what was held."""
        self.device, self.is_initialized = keys.device, True
        self.keys, self.values = keys, values
        self._wide = (keys, values)


def empty() -> Cache:
    """A cache of no rows, for a network of any number of layers."""
    return Cache(layer_class_to_replicate=Roomy)


def holding(layers: Sequence[Pair]) -> Cache:
    """A cache of these keys and values, layer by layer."""
    cache = empty()
    for keys, values in layers:
        layer = Roomy()
        layer.put(keys, values)
        cache.layers.append(layer)
    return cache


def beside(one: Cache, other: Cache, columns: int) -> Cache:
    """The rows of both, the second's under the first's, all padded on the left to so many columns."""
    return holding([(torch.cat([_left(mine.keys, columns), _left(theirs.keys, columns)]),
                     torch.cat([_left(mine.values, columns), _left(theirs.values, columns)]))
                    for mine, theirs in zip(one.layers, other.layers, strict=True)])


def kept(cache: Cache, rows: Tensor, start: int) -> Cache:
    """Some rows of a cache, without its first `start` columns."""
    return holding([(layer.keys[rows, :, start:], layer.values[rows, :, start:]) for layer in cache.layers])


def aligned(rows: Sequence[Sequence[Pair] | None], columns: int) -> Cache:
    """A cache of rows that were held one by one, layer by layer as (H, tokens, D); None is a row of no tokens.

    At least one row must have tokens.
    """
    some = next(row for row in rows if row)
    made = []
    for at, (like, like_values) in enumerate(some):
        keys = like.new_zeros(len(rows), like.shape[0], columns, like.shape[2])
        values = like_values.new_zeros(len(rows), like_values.shape[0], columns, like_values.shape[2])
        for number, row in enumerate(rows):
            if row:
                keys[number, :, columns - row[at][0].shape[1]:] = row[at][0]
                values[number, :, columns - row[at][1].shape[1]:] = row[at][1]
        made.append((keys, values))
    return holding(made)


def _left(held: Tensor, columns: int) -> Tensor:
    return pad(held, (0, 0, columns - held.shape[2], 0))


def _wider(held: Tensor, columns: int) -> Tensor:
    wide = held.new_empty(*held.shape[:2], columns, held.shape[3])
    wide[:, :, :held.shape[2]] = held
    return wide
