"""A prefix tree holds every sequence along a path, each shared token once, and knows who stands above whom."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunewright.engine.tree import common, plant

tokens = st.lists(st.integers(0, 2), max_size=8)
sequences = st.lists(tokens.map(lambda ids: np.array(ids, np.int64)), max_size=9)


def above(tree):
    """The nodes that each node sees, drawn from the paths themselves."""
    seen = np.zeros((len(tree.ids), len(tree.ids)), bool)
    for path in tree.paths:
        for at, node in enumerate(path):
            seen[node, path[:at + 1]] = True
    return seen


@given(sequences, st.integers(1, 4))
def test_every_sequence_lies_along_its_path(found, least):
    tree = plant(found, least)
    assert len(tree.paths) == len(found)
    for ids, path in zip(found, tree.paths, strict=True):
        assert tree.ids[path].tolist() == ids.tolist()
        assert tree.depth[path].tolist() == list(range(len(ids)))


@given(sequences)
def test_a_shared_token_is_one_node_where_every_token_is_worth_sharing(found):
    assert len(plant(found, 1).ids) == len({tuple(ids[:end]) for ids in found for end in range(1, len(ids) + 1)})


@given(sequences, st.integers(1, 4))
def test_a_node_sees_its_ancestors_and_itself(found, least):
    tree = plant(found, least)
    at = np.arange(len(tree.ids))
    assert ((at <= at[:, None]) & (at[:, None] < tree.last)).tolist() == above(tree).tolist()


@given(sequences, st.integers(1, 4))
def test_the_blocks_compute_every_pair_of_node_and_ancestor_once(found, least):
    tree = plant(found, least)
    computed = np.zeros((len(tree.ids), len(tree.ids)), int)
    for block in tree.blocks:
        queries, keys = np.arange(*block.queries)[:, None], np.arange(*block.keys)
        computed[queries, keys] += (keys <= queries) if block.own else 1
    assert computed.tolist() == above(tree).astype(int).tolist()
    assert tree.pairs == computed.sum()


def test_one_trunk_is_one_rectangle_for_all_its_branches():
    trunk = np.arange(20)
    tree = plant([np.concatenate([trunk, np.full(5, 30 + branch)]) for branch in range(6)])
    assert len(tree.ids) == 20 + 6 * 5
    assert [(block.queries, block.keys) for block in tree.blocks if not block.own] == [((25, 50), (0, 20))]


def test_too_few_shared_tokens_are_not_shared():
    tree = plant([np.array([1, 2, 3]), np.array([1, 2, 4])], least=3)
    assert (len(tree.ids), all(block.own for block in tree.blocks)) == (6, True)


def test_what_two_sequences_begin_with_in_common():
    assert [common(np.array(one), np.array(other)) for one, other in (
        ([1, 2, 3], [1, 2, 4]), ([1, 2], [1, 2, 3]), ([], [1]), ([2], [1]))] == [2, 2, 0, 0]
