"""MinHash: two sets share a band as often as their Jaccard similarity says, and never because of their neighbours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.similar import Banding, Sets, banding, signatures
from tunewright.similar.minhash import MINIMA, RECALL

hashes = st.lists(st.integers(0, 2**64 - 1), max_size=40)


def sets(*members: list[int]) -> Sets:
    return Sets(np.array([one for some in members for one in some], np.uint64),
                np.array([len(some) for some in members], np.int64))


@given(st.floats(0.5, 0.99))
def test_a_pair_at_the_threshold_is_seldom_missed(threshold: float) -> None:
    shape = banding(threshold)
    assert 1 - (1 - threshold ** shape.rows) ** shape.bands >= RECALL
    assert shape.bands * shape.rows <= MINIMA


def test_a_banding_of_one_more_row_would_cost_too_much() -> None:
    assert banding(0.8) == Banding(bands=16, rows=6)


@given(st.lists(hashes, min_size=1, max_size=6))
def test_a_set_has_the_same_bands_in_every_batch(batch: list[list[int]]) -> None:
    together = signatures(sets(*batch), Banding(4, 2))
    assert together.tolist() == [signatures(sets(one), Banding(4, 2))[0].tolist() for one in batch]


@given(hashes.filter(bool), st.randoms(use_true_random=False))
def test_order_and_repetition_are_no_matter(members: list[int], random: object) -> None:
    again = members + members[:3]
    random.shuffle(again)  # type: ignore[attr-defined]
    one, other = signatures(sets(members, again), Banding(4, 2))
    assert one.tolist() == other.tolist()


def test_only_an_empty_set_has_no_bands() -> None:
    found = signatures(sets([], [7], []), Banding(4, 2))
    assert found[[0, 2]].tolist() == [[0] * 4] * 2
    assert found[1].all()


@pytest.mark.parametrize("similarity", [0.3, 0.8])
def test_minima_agree_as_often_as_sets_overlap(similarity: float) -> None:
    drawn = np.random.default_rng(1)
    common = round(2 * 60 * similarity / (1 + similarity))
    agreed = []
    for _ in range(200):
        drawn_hashes = drawn.integers(0, 2**63, 120 - common).tolist()
        one, other = signatures(sets(drawn_hashes[:60], drawn_hashes[60 - common:]), Banding(MINIMA, 1))
        agreed.append(float((one == other).mean()))
    assert np.mean(agreed) == pytest.approx(common / (120 - common), abs=0.012)
    # As spread as 128 independent draws would be, or little more.
    assert np.var(agreed) < 1.5 * similarity * (1 - similarity) / MINIMA
