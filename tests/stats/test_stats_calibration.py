"""Calibration: nought for a model that knows what it knows, and as the textbooks count it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.stats.calibration import BINS, Calibration, brier

told = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


def error(confidences, right) -> float:
    return float(Calibration(confidences, right).error(np.ones((1, len(right))))[0])


def test_confidence_that_comes_true_has_no_error() -> None:
    assert error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)
    assert error([1.0, 1.0, 0.0], [True, True, False]) == 0
    assert brier(1.0, True) == 0


def test_confidence_in_what_is_wrong_is_all_error() -> None:
    assert error([1.0, 0.0], [False, True]) == 1
    assert brier(1.0, False) == 1


@given(told)
def test_the_error_is_that_of_the_textbook(rows: list[tuple[float, bool]]) -> None:
    confidences, right = map(np.asarray, zip(*rows, strict=True))
    place = np.minimum((confidences * BINS).astype(int), BINS - 1)
    wanted = sum((place == at).mean() * abs(confidences[place == at].mean() - right[place == at].mean())
                 for at in set(place.tolist()))
    assert error(confidences, right) == pytest.approx(wanted, abs=1e-9)


@given(told)
def test_the_mean_brier_score_is_scikit_learn_s(rows: list[tuple[float, bool]]) -> None:
    reference = pytest.importorskip("sklearn.metrics", reason="skipped: scikit-learn is not installed")
    confidences, right = zip(*rows, strict=True)
    found = np.mean([brier(one, other) for one, other in rows])
    assert found == pytest.approx(reference.brier_score_loss(right, confidences, pos_label=True), abs=1e-9)
