"""The curve of a score: scikit-learn's area and its points, with weights and ties."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.stats.roc import Ranking

Rows = list[tuple[int, bool, int]]
ROWS = st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(1, 5)), min_size=2, max_size=60).filter(
    lambda rows: len({member for _, member, _ in rows}) == 2)


def columns(rows: Rows) -> tuple[Any, Any, Any]:
    scores, members, weights = zip(*rows, strict=True)
    return np.array(scores, float), np.array(members), np.array(weights, float)


@given(ROWS)
def test_the_area_is_scikit_learn_s_with_weights_and_ties(rows: Rows) -> None:
    reference = pytest.importorskip("sklearn.metrics", reason="skipped: scikit-learn is not installed")
    scores, members, weights = columns(rows)
    ours = Ranking(scores, members).auc(np.stack([np.ones(len(rows)), weights]))
    assert ours[0] == pytest.approx(reference.roc_auc_score(members, scores), abs=1e-12)
    assert ours[1] == pytest.approx(reference.roc_auc_score(members, scores, sample_weight=weights), abs=1e-12)


@given(ROWS)
def test_the_area_is_mann_whitney_s_statistic(rows: Rows) -> None:
    from scipy.stats import mannwhitneyu

    scores, members, _ = columns(rows)
    u = mannwhitneyu(scores[members], scores[~members]).statistic
    assert Ranking(scores, members).auc(np.ones((1, len(rows))))[0] == pytest.approx(
        u / (members.sum() * (~members).sum()), abs=1e-12)


@given(ROWS, st.sampled_from([0.01, 0.1, 0.5]))
def test_the_share_found_is_the_highest_point_of_scikit_learn_s_curve_with_so_few_false_alarms(
        rows: Rows, false: float) -> None:
    reference = pytest.importorskip("sklearn.metrics", reason="skipped: scikit-learn is not installed")
    scores, members, weights = columns(rows)
    alarms, found, _ = reference.roc_curve(members, scores, sample_weight=weights, drop_intermediate=False)
    assert Ranking(scores, members).found(weights[None], false)[0] == pytest.approx(
        found[alarms <= false * (1 + 1e-9)].max(), abs=1e-12)


def test_an_item_of_weight_two_counts_as_two_items() -> None:
    once = Ranking([3, 2, 1], [True, False, True])
    twice = Ranking([3, 3, 2, 1], [True, True, False, True])
    assert once.auc(np.array([[2.0, 1.0, 1.0]]))[0] == twice.auc(np.ones((1, 4)))[0] == pytest.approx(2 / 3)


def test_members_alone_are_refused() -> None:
    with pytest.raises(ValueError, match="members and others"):
        Ranking([1, 2], [True, True])
