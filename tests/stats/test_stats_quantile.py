"""Quantiles: the interval is the binomial one of order statistics, and a far quantile of few items stays open."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from tunewright.stats.quantile import plain, quantile, quantile_difference

VALUES = [float(at) for at in range(1, 101)]


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_the_ends_are_those_of_the_exact_binomial_interval(share: float) -> None:
    estimate = quantile(VALUES, share, resamples=40_000)
    low, high = binom.ppf(0.025, 100, share), binom.ppf(0.975, 100, share) + 1
    assert estimate.value == share * 100
    assert estimate.low == pytest.approx(low, abs=1)
    assert estimate.high == pytest.approx(high, abs=1)


def test_too_few_items_leave_a_far_quantile_open_above() -> None:
    assert math.isinf(quantile(VALUES[:20], 0.99).high)
    assert math.isfinite(quantile([*VALUES] * 10, 0.99).high)


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    truth = math.log(20)  # the 95 % quantile of the exponential
    held = [found.low <= truth <= found.high for found in (
        quantile(rng.standard_exponential(200).tolist(), 0.95, resamples=400, seed=at) for at in range(300))]
    assert np.mean(held) >= 0.93


def test_answers_of_one_group_are_one_unit() -> None:
    values, groups = [*([1.0] * 50), *([9.0] * 50)], [str(at // 10) for at in range(100)]
    alone, together = quantile(values, 0.3), quantile(values, 0.3, groups)
    assert together.units == 10
    assert (alone.high, together.high) == (1.0, 9.0)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30), st.sampled_from([0.5, 0.95]))
def test_equal_sides_do_not_differ_and_the_interval_says_so(values: list[float], share: float) -> None:
    found = quantile_difference(values, values, share, resamples=200)
    assert found.value == 0
    assert found.low <= 0 <= found.high


def test_a_difference_is_drawn_pair_by_pair() -> None:
    rng = np.random.default_rng(0)
    base = rng.standard_exponential(500)
    found = quantile_difference((base + 0.5).tolist(), base.tolist(), 0.5)
    assert found.low > 0.3
    assert found.high < 0.7


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30), st.floats(0.01, 0.99))
def test_the_figure_lies_within_its_interval(values: list[float], share: float) -> None:
    found = quantile(values, share, resamples=200)
    assert found.value == plain(values, share)
    assert found.low <= found.value <= found.high
