"""Agreement equals published examples, plain formulas and scikit-learn."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.stats.agreement import Ratings, alpha, kappa

_ = None
# Krippendorff, "Computing Krippendorff's alpha-reliability" (2011): four observers, twelve units.
PUBLISHED = [[1, 1, _, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4], [4, 4, 4, 4],
             [1, 1, 2, 1], [2, 2, 2, 2], [_, 5, 5, 5], [_, _, 1, 1], [_, _, 3, _]]
# The same paper: two observers, ten units, 0 or 1.
BINARY = list(zip([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], strict=True))
FEW = 100


@pytest.mark.parametrize(("level", "told"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_the_published_one(level, told):
    assert alpha(PUBLISHED, level, resamples=FEW).value == pytest.approx(told, abs=5e-4)


def test_alpha_of_two_observers_is_the_published_one():
    assert alpha(BINARY, resamples=FEW).value == pytest.approx(0.095, abs=5e-4)


def plain(ratings: Ratings, level: str) -> float:
    """Krippendorff's formula by its definition, pair by pair."""
    rows = [[value for value in row if value is not None] for row in ratings]
    rows = [row for row in rows if len(row) > 1]
    every = [value for row in rows for value in row]

    def apart(a, b):
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return float((a - b) ** 2)
        low, high = min(a, b), max(a, b)
        return (sum(low <= value <= high for value in every) - (every.count(a) + every.count(b)) / 2) ** 2

    n = len(every)
    seen = sum(2 * apart(a, b) / (len(row) - 1) for row in rows for a, b in combinations(row, 2)) / n
    chance = sum(2 * apart(a, b) for a, b in combinations(every, 2)) / (n * (n - 1))
    return 1 - seen / chance


rows = st.lists(st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=3, max_size=3), min_size=2, max_size=8)


@given(rows, st.sampled_from(["nominal", "ordinal", "interval"]))
def test_alpha_is_its_definition(ratings, level):
    kept = [row for row in ratings if sum(value is not None for value in row) > 1]
    if len(kept) < 2 or len({value for row in kept for value in row if value is not None}) < 2:
        with pytest.raises(ValueError, match="two"):
            alpha(ratings, level, resamples=FEW)
    else:
        assert alpha(ratings, level, resamples=FEW).value == pytest.approx(plain(ratings, level))


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=20))
def test_kappa_is_that_of_scikit_learn(pairs):
    sklearn = pytest.importorskip("sklearn.metrics")
    ours, theirs = zip(*pairs, strict=True)
    if len({*ours, *theirs}) < 2:
        with pytest.raises(ValueError, match="two"):
            kappa(ours, theirs, resamples=FEW)
        return
    for level, weights in (("nominal", None), ("interval", "quadratic")):
        found = kappa(ours, theirs, level, resamples=FEW).value
        # scikit-learn weighs by the place of a label among those that occur: name them all.
        assert found == pytest.approx(sklearn.cohen_kappa_score(ours, theirs, weights=weights, labels=range(1, 6)))


def test_intervals_hold_the_figure_and_narrow_with_more_units():
    few, many = alpha(BINARY, resamples=FEW), alpha(BINARY * 20, resamples=FEW)
    assert few.low < few.value < few.high
    assert many.high - many.low < (few.high - few.low) / 2
