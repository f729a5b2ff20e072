from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.page.axis import compact, counting, duration, figure, places, signed, spanning, tick

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False)


@given(st.lists(NUMBERS, max_size=8), st.integers(2, 8))
def test_an_axis_holds_zero_and_every_value_within_a_few_even_ticks(values, most):
    axis = spanning(values, most)
    slack = 1e-6 * max(1.0, axis.high - axis.low)
    assert all(axis.low - slack <= value <= axis.high + slack for value in [0.0, *values])
    assert 0.0 in axis.ticks
    assert 1 <= len(axis.ticks) - 1 <= most
    steps = [after - before for before, after in pairwise(axis.ticks)]
    assert max(steps) == pytest.approx(min(steps))


@given(st.lists(NUMBERS, min_size=1, max_size=8), NUMBERS)
def test_every_mark_lies_within_the_drawing(values, value):
    axis = spanning(values)
    for text in (axis.at(value), axis.up(value)):
        assert 0.0 <= float(text.removesuffix("%")) <= 100.0


@given(st.integers(0, 10**7))
def test_a_count_axis_ends_at_the_last_step_and_has_whole_ticks(last):
    axis = counting(last)
    assert axis.low == 0 and axis.high == max(1, last)
    assert all(value == int(value) for value in axis.ticks)
    assert list(axis.ticks) == sorted(set(axis.ticks)) and len(axis.ticks) <= 8


@pytest.mark.parametrize(("value", "decimals", "text"), [
    (0.8674, 3, "0.867"), (-0.0194, 3, "−0.019"), (-0.0001, 3, "0.000"), (1234.5, 0, "1,234"), (0.0, 3, "0.000")])
def test_figures_have_a_true_minus_and_no_negative_zero(value, decimals, text):
    assert figure(value, decimals) == text


@pytest.mark.parametrize(("value", "text"), [(0.5, "+0.50"), (-0.5, "−0.50"), (0.0, "0.00"), (0.001, "0.00")])
def test_differences_carry_their_sign(value, text):
    assert signed(value, 2) == text


def test_decimals_follow_the_size_of_the_figures():
    assert (places([0.2, 3]), places([41.5]), places([1200, 3]), places([])) == (3, 1, 0, 3)


@pytest.mark.parametrize(("value", "text"), [(0.25, "0.25"), (1000, "1,000"), (-2.5, "−2.5"), (0, "0"), (100, "100")])
def test_ticks_are_written_short(value, text):
    assert tick(value) == text


@pytest.mark.parametrize(("value", "text"), [
    (412, "412"), (9999, "9,999"), (31_160, "31.2 k"), (184_320, "184 k"), (3_938_816, "3.94 M"), (7.2e9, "7.2 G")])
def test_large_counts_are_compact(value, text):
    assert compact(value).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(("seconds", "text"), [
    (4.21, "4.2 s"), (97.7, "98 s"), (725, "12 min 5 s"), (3599.9, "1 h 0 min"), (12_000, "3 h 20 min")])
def test_durations_read_at_a_glance(seconds, text):
    assert duration(seconds).replace("\N{NO-BREAK SPACE}", " ") == text
