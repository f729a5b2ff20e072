"""Overlap: the Jaccard similarity is that of Python's sets, whatever else is compared."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunewright.similar import Sets
from tunewright.similar.overlap import jaccard

sets = st.lists(st.lists(st.integers(0, 12), max_size=10), min_size=1, max_size=8)


@given(sets, st.data())
def test_similarity_is_common_over_all(members: list[list[int]], data: st.DataObject) -> None:
    sides = data.draw(st.lists(st.tuples(*[st.integers(0, len(members) - 1)] * 2), max_size=12))
    pairs = np.array(sides, np.int64).reshape(-1, 2)
    # Hashes differ in their upper bits, which is what is compared.
    hashes = np.array([one for some in members for one in some], np.uint64) << np.uint64(58)
    found = jaccard(Sets(hashes, np.array([len(some) for some in members])), pairs[:, 0], pairs[:, 1], 0.0)
    for (left, right), similarity in zip(sides, found.tolist(), strict=True):
        one, other = set(members[left]), set(members[right])
        assert similarity == (len(one & other) / len(one | other) if one | other else 1.0) or not (one and other)


@given(sets)
def test_what_cannot_reach_the_threshold_by_size_is_not_looked_at(members: list[list[int]]) -> None:
    hashes = np.array([one for some in members for one in some], np.uint64) << np.uint64(58)
    first = np.zeros(len(members), np.int64)
    found = jaccard(Sets(hashes, np.array([len(some) for some in members])), first, np.arange(len(members)), 0.9)
    for some, similarity in zip(members, found.tolist(), strict=True):
        small, large = sorted((len(set(members[0])), len(set(some))))
        if small < 0.9 * large:
            assert similarity == 0
