"""A prefix tree over sequences: what they begin with in common is one node a token, computed once.

Nodes are numbered line by line, lines in the order of a dictionary, so that the descendants of a node are a range of
numbers behind it. A node's depth is its position, and it attends to its ancestors: k is an ancestor of q, or q itself,
exactly when k <= q < last[k].
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

LEAST = 8
"""Tokens that a branch must share to share them: below, another block of attention costs more than they do."""

Ids: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Nodes `queries` attend to nodes `keys` (both half open): to all of them, or, where they are the same, to those
    not behind."""

    queries: tuple[int, int]
    keys: tuple[int, int]

    @property
    def own(self) -> bool:
        """Whether a stem attends to itself: the causal case."""
        return self.queries == self.keys

    @property
    def pairs(self) -> int:
        """Pairs of query and key that are computed."""
        (start, end), (first, last) = self.queries, self.keys
        return (end - start) * (end - start + 1) // 2 if self.own else (end - start) * (last - first)


@dataclass(frozen=True, eq=False)
class Tree:
    """The nodes (n,) of some sequences: token `ids`, `depth` (tokens before), `last` (one past the last descendant).

    `blocks` say who attends to whom; `paths` are, for each sequence in the order given, the nodes of its tokens.
    `masks` keeps what attention derives from the tree, by window.
    """

    ids: Ids
    depth: Ids
    last: Ids
    blocks: tuple[Block, ...]
    paths: tuple[Ids, ...]
    masks: dict[int | None, Any] = field(default_factory=dict)

    @cached_property
    def height(self) -> int:
        """Tokens of the longest sequence."""
        return int(self.depth.max(initial=-1)) + 1

    @cached_property
    def pairs(self) -> int:
        """Pairs of query and key that attention computes."""
        return sum(block.pairs for block in self.blocks)


def plant(sequences: Sequence[Ids], least: int = LEAST) -> Tree:
    """The tree of token sequences. One that shares fewer than `least` tokens more than its neighbours stands alone."""
    keys = [key(ids) for ids in sequences]
    order = sorted(range(len(keys)), key=lambda at: keys[at])
    sorted_ids = [sequences[at] for at in order]
    shared = [0, *(common(one, other) for one, other in pairwise(sorted_ids))]
    paths: list[Ids] = [np.empty(0, np.int64)] * len(keys)
    stems: list[tuple[int, Ids]] = []
    shades: list[Block] = []
    open_shades: list[_Shade] = []
    path: Ids = np.empty(0, np.int64)
    count = 0
    for at, ids, common_length in zip(order, sorted_ids, shared, strict=False):
        kept = _taken(common_length, len(ids), open_shades, least)
        shades += _close(open_shades, kept, count)
        if kept > (held := open_shades[-1].below if open_shades else 0):
            open_shades.append(_Shade(held, kept, int(path[held]), count))
        path = np.concatenate([path[:kept], np.arange(count, count + len(ids) - kept)])
        paths[at] = path
        stems.append((kept, ids[kept:]))
        count += len(ids) - kept
    shades += _close(open_shades, 0, count)
    return _tree(stems, shades, tuple(paths))


def common(one: Ids, other: Ids) -> int:
    """How many tokens two sequences begin with in common."""
    length = min(len(one), len(other))
    differ = one[:length] != other[:length]
    return int(differ.argmax()) if differ.any() else length


@dataclass(frozen=True)
class _Shade:
    """Nodes from `node` on, at depths `above` to `below`, which stand above every node from number `since` on."""

    above: int
    below: int
    node: int
    since: int

    def until(self, count: int) -> Iterator[Block]:
        """What the nodes under it attend to, if there are any."""
        if count > self.since:
            yield Block((self.since, count), (self.node, self.node + self.below - self.above))


def key(ids: Ids) -> bytes:
    """Bytes that sort as the tokens do."""
    return ids.astype(">i8").tobytes()


def worth(shared: int) -> int:
    """How many of the tokens that two sequences share a tree of these two takes from one."""
    return shared if shared >= LEAST else 0


def _taken(shared: int, length: int, shades: Sequence[_Shade], least: int) -> int:
    """How much of the `shared` tokens to take from the tree: all, or what branches before took, if more is too few."""
    known = max((shade.below for shade in shades if shade.below <= shared), default=0)
    return shared if shared - known >= least or shared == length else known


def _close(shades: list[_Shade], kept: int, count: int) -> Iterator[Block]:
    """End what no longer stands above the nodes to come, which keep `kept` tokens of the path."""
    while shades and shades[-1].below > kept:
        shade = shades.pop()
        yield from shade.until(count)
        if shade.above < kept:
            shades.append(_Shade(shade.above, kept, shade.node, count))


def _tree(stems: Sequence[tuple[int, Ids]], shades: Sequence[Block], paths: tuple[Ids, ...]) -> Tree:
    ends = np.cumsum([0, *(len(ids) for _, ids in stems)]).tolist()
    spans = [(start, end) for start, end in pairwise(ends) if end > start]
    last = np.empty(ends[-1], np.int64)
    for start, end in spans:
        last[start:end] = end
    for shade in shades:
        under = last[slice(*shade.keys)]
        np.maximum(under, shade.queries[1], out=under)
    depth = [np.arange(kept, kept + len(ids)) for kept, ids in stems]
    empty: Ids = np.empty(0, np.int64)
    return Tree(np.concatenate([empty, *(ids for _, ids in stems)]), np.concatenate([empty, *depth]), last,
                (*(Block(span, span) for span in spans), *shades), paths)
