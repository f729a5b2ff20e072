"""An interval that is looked at after every outcome holds at every look, and is tight enough to decide by."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.stats.sequential import Stream, difference, level, width


def stream(outcomes):
    made = Stream()
    made.extend(("", float(value)) for value in outcomes)
    return made


def left_zero(seed, rate=0.8, looks=100, every=50, gap=0.0):
    """The side on which the interval of the difference leaves zero first, if it does: -1, 1, or 0."""
    dice = random.Random(seed)
    one, other = Stream(), Stream()
    for _ in range(looks):
        for _ in range(every):
            one.add("", float(dice.random() < rate + gap))
            other.add("", float(dice.random() < rate))
        found = difference(one, other, 0.05)
        if found.high < 0:
            return -1
        if found.low > 0:
            return 1
    return 0


def test_equal_streams_are_seldom_told_apart_however_often_one_looks():
    wrong = sum(left_zero(seed) != 0 for seed in range(100))
    assert wrong <= 11, "5 % of 100 is 5; more than 11 have a chance below one in a hundred"


def test_a_stream_that_is_worse_by_the_aim_is_found():
    assert sum(left_zero(seed, gap=-0.05) == -1 for seed in range(30)) >= 28


@given(st.floats(1e-6, 1.0), st.floats(0.01, 0.5))
def test_more_information_is_never_a_wider_interval(variance, aim):
    assert width(variance / 2, aim) < width(variance, aim)


@given(st.floats(1e-6, 1.0), st.floats(0.01, 0.5))
def test_looking_often_costs_width(variance, aim):
    assert width(variance, aim) > 1.96 * math.sqrt(variance)


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.floats(0, 1)), min_size=1, max_size=40))
def test_the_variance_that_is_kept_up_is_the_one_that_is_summed_anew(outcomes):
    made = Stream()
    made.extend(outcomes)
    mean = made.mean
    squares = sum((total - mean * count) ** 2 for total, count in made._sums.values()) + mean**2 + (1 - mean) ** 2
    units = len(made._sums) + 2
    assert made.variance == pytest.approx(squares * units / (units - 1) / (len(outcomes) + 2) ** 2, abs=1e-12)


def test_outcomes_of_one_user_count_as_the_unit_they_are():
    alone, together = Stream(), Stream()
    for user in range(100):
        for _ in range(10):
            alone.add("", float(user % 2))
            together.add(str(user), float(user % 2))
    assert together.mean == pytest.approx(alone.mean)
    assert together.variance > 5 * alone.variance


def test_a_stream_without_any_variation_still_has_a_width():
    found = level(stream([1] * 50), 0.05)
    assert found.low < 0.99
    assert found.high == 1.0


def test_an_empty_stream_says_nothing():
    found = difference(Stream(), Stream(), 0.05)
    assert (found.low, found.high) == (-1.0, 1.0)
