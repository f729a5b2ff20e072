"""Groups of vectors are found without names, and two samples of one mix are seldom told apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.stats.clusters import MOST, clusters, mix

PLACES = np.random.default_rng(0).normal(size=(12, 8)) * 10


def drawn(dice, shares, count=300):
    """Vectors about the first so many of `PLACES`, by their shares."""
    which = dice.choice(len(shares), count, p=np.array(shares) / sum(shares))
    return PLACES[which] + dice.normal(size=(count, 8))


def test_groups_that_lie_apart_are_found():
    dice = np.random.default_rng(1)
    points = np.vstack([PLACES[place] + dice.normal(size=(20, 8)) * 0.1 for place in range(5)])
    labels = clusters(points, 5)
    assert [len(set(labels[at:at + 20])) for at in range(0, 100, 20)] == [1] * 5
    assert len(set(labels)) == 5


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=1, max_size=40), st.randoms())
def test_groups_do_not_hang_on_the_order_of_the_points_and_equal_points_are_in_one(points, dice):
    order = list(range(len(points)))
    dice.shuffle(order)
    labels = clusters(np.array(points, dtype=float))
    assert clusters(np.array(points, dtype=float)[order]).tolist() == labels[order].tolist()
    assert len(set(labels)) <= min(MOST, len({tuple(point) for point in points}))
    assert len({(tuple(point), int(label)) for point, label in zip(points, labels, strict=True)}) == len(
        {tuple(point) for point in points})


def test_equal_mixes_are_told_apart_as_seldom_as_the_level_says():
    dice, shares = np.random.default_rng(2), [5, 4, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1]
    seen = [mix(drawn(dice, shares), drawn(dice, shares)).p for _ in range(200)]
    assert np.mean(np.array(seen) < 0.05) <= 0.09


@pytest.mark.parametrize("after", [[1, 1, 1, 1, 0.7], [3, 1, 1, 1], [1, 1, 1]])
def test_a_group_that_is_new_or_gone_or_grown_is_seen_and_large(after):
    dice = np.random.default_rng(3)
    found = mix(drawn(dice, [1, 1, 1, 1]), drawn(dice, after))
    assert found.p < 1e-6
    assert found.size > 0.1


def test_one_point_again_and_again_is_one_group():
    assert mix([[1.0, 2.0]] * 60, [[1.0, 2.0]] * 60).p == 1.0
