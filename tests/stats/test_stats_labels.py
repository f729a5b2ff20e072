"""Labels: equal but for case and edges; macro scores as scikit-learn would count them over the expected labels."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.stats.labels import OF_SET, Confusion, OfLabel, normalise


@pytest.mark.parametrize(("one", "other"), [(" Card_Arrival.", "card_arrival"), ("Lost  card", "lost card"),
                                            ('"yes"', "YES"), ("STRASSE", "straße")])
def test_labels_are_the_same_but_for_case_edges_and_space(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


def test_labels_that_are_only_punctuation_stay_apart() -> None:
    assert normalise("+") != normalise("-")


@given(st.text())
def test_normalising_twice_is_normalising_once(label: str) -> None:
    once = normalise(label)
    assert normalise(once) == once


def test_macro_scores_average_over_the_expected_labels() -> None:
    expected = ["a", "a", "a", "b", "b", "c"]
    given_ = ["a", "a", "b", "b", "x", "a"]
    table, ones = Confusion(expected, given_), np.ones((1, 6))
    assert table.score("macro_precision", ones)[0] == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert table.score("macro_recall", ones)[0] == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert table.score("macro_f1", ones)[0] == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcx")), min_size=1, max_size=30))
def test_scores_are_scikit_learn_s_over_the_expected_labels(rows: list[tuple[str, str]]) -> None:
    reference = pytest.importorskip("sklearn.metrics", reason="skipped: scikit-learn is not installed")
    expected, given_ = zip(*rows, strict=True)
    for average in ("macro", "micro"):
        wanted = reference.precision_recall_fscore_support(expected, given_, labels=sorted(set(expected)),
                                                           average=average, zero_division=0)
        found = [Confusion(expected, given_).score(f"{average}_{kind}", np.ones((1, len(rows))))[0]
                 for kind in ("precision", "recall", "f1")]
        assert found == pytest.approx(wanted[:3], abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcx")), min_size=1, max_size=30))
def test_the_scores_of_a_label_are_scikit_learn_s(rows: list[tuple[str, str]]) -> None:
    reference = pytest.importorskip("sklearn.metrics", reason="skipped: scikit-learn is not installed")
    expected, given_ = zip(*rows, strict=True)
    wanted = reference.precision_recall_fscore_support(expected, given_, labels=["a", "b", "c"], zero_division=0)
    for kind, of_label in zip(("precision", "recall", "f1"), wanted, strict=False):
        found = [OfLabel(label, kind, expected, given_).score(np.ones((1, len(rows))))[0] for label in "abc"]
        assert found == pytest.approx(of_label, abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcx")), min_size=1, max_size=30))
def test_weighing_an_item_twice_is_having_it_twice(rows: list[tuple[str, str]]) -> None:
    once = Confusion(*zip(*rows, strict=True))
    doubled = Confusion(*zip(*rows, rows[0], strict=True))
    weights = np.ones((1, len(rows)))
    weights[0, 0] = 2
    for kind in OF_SET:
        assert once.score(kind, weights)[0] == pytest.approx(doubled.score(kind, np.ones((1, len(rows) + 1)))[0])


def test_all_right_is_one_and_all_wrong_is_nought() -> None:
    labels = ["a", "b", "c"]
    turned = [after for _, after in pairwise([*labels, "a"])]
    for kind in OF_SET:
        assert Confusion(labels, labels).score(kind, np.ones((1, 3)))[0] == 1
        assert Confusion(labels, turned).score(kind, np.ones((1, 3)))[0] == 0
