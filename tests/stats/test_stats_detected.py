"""A rate that a detector yields is corrected for its errors, and its interval holds both errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.items import About, Item, Measure
from tunewright.stats import measure
from tunewright.stats.detected import Detector, corrected, corrected_difference, counted
from tunewright.stats.estimate import mean
from tunewright.stats.power import needs

GOOD, WEAK = Detector(90, 10, 95, 5), Detector(60, 40, 90, 10)
SURE = Detector(10**7, 0, 10**7, 0)
counts = st.integers(0, 60)


def reported(rate: float, detector: Detector) -> float:
    return rate * detector.sensitivity + (1 - rate) * (1 - detector.specificity)


@given(st.floats(0, 1), st.integers(60, 100), st.integers(60, 100))
def test_the_figure_leads_back_to_the_rate_that_was_reported(rate: float, found: int, cleared: int) -> None:
    detector = Detector(found, 100 - found, cleared, 100 - cleared)
    assert detector.rate(reported(rate, detector)) == pytest.approx(rate, abs=1e-9)


@given(counts, counts)
def test_a_detector_that_never_errs_changes_nothing(hits: int, others: int) -> None:
    if not hits + others:
        return
    plain = mean([1.0] * hits + [0.0] * others)
    found = corrected(plain, SURE)
    assert found.value == pytest.approx(plain.value)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=1e-3)


@given(counts, counts, counts, counts, counts, counts)
def test_the_interval_holds_the_figure_and_stays_between_0_and_1(
        hits: int, others: int, found: int, missed: int, cleared: int, false: int) -> None:
    estimate = corrected(mean([1.0] * (hits + 1) + [0.0] * others), Detector(found, missed + 1, cleared, false + 1))
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high


@given(st.integers(1, 99))
def test_fewer_labelled_outputs_never_make_the_interval_much_shorter(hits: int) -> None:
    plain = mean([1.0] * hits + [0.0] * (100 - hits))
    few, many = (corrected(plain, Detector(9 * times, times, 9 * times, times)) for times in (5, 500))
    assert few.high - few.low > many.high - many.low - 0.02


@pytest.mark.parametrize("detector", [GOOD, WEAK])
def test_nothing_found_is_bounded_by_the_exact_bound_over_the_sensitivity(detector: Detector) -> None:
    plain = mean([0.0] * 60)
    found = corrected(plain, detector)
    assert found.value == found.low == 0
    assert plain.high / detector.sensitivity <= found.high < 1.2 * plain.high / detector.sensitivity


def test_nothing_found_by_a_perfect_detector_is_the_rule_of_three() -> None:
    assert corrected(mean([0.0] * 100), SURE).high == pytest.approx(1 - 0.025 ** (1 / 100), rel=0.01)


def test_more_than_the_detector_can_find_gives_no_interval_without_width() -> None:
    found = corrected(mean([1.0] * 95 + [0.0] * 5), WEAK)
    assert found.value == 1
    assert found.low < 0.95


@given(counts, counts)
def test_the_opposite_of_a_rate_is_the_rate_of_the_opposite(hits: int, others: int) -> None:
    if not hits + others:
        return
    there, gone = mean([1.0] * hits + [0.0] * others), mean([0.0] * hits + [1.0] * others)
    found, opposite = corrected(there, GOOD), corrected(gone, GOOD.reversed)
    assert opposite.value == pytest.approx(1 - found.value)
    assert opposite.low == pytest.approx(1 - found.high, abs=0.03)
    assert opposite.high == pytest.approx(1 - found.low, abs=0.03)


def test_what_is_falsely_reported_on_both_sides_falls_out_of_a_difference() -> None:
    gaps = mean([1.0] * 20 + [0.0] * 80, floor=-1.0)
    found = corrected_difference(gaps, WEAK)
    assert found.value == pytest.approx(0.2 / 0.5)
    assert found.low < 0.2 / 0.5 < found.high
    sure = corrected_difference(gaps, SURE)
    assert (sure.low, sure.high) == pytest.approx((gaps.low, gaps.high), abs=1e-3)


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_difference_turned_round_has_the_interval_turned_round(up: int, down: int) -> None:
    values = [1.0] * up + [-1.0] * down + [0.0] * 10
    there = corrected_difference(mean(values, floor=-1.0), GOOD)
    back = corrected_difference(mean([-value for value in values], floor=-1.0), GOOD)
    assert back.value == pytest.approx(-there.value)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low), abs=0.04)


def test_items_of_one_group_count_as_one() -> None:
    values = [1.0] * 20 + [0.0] * 80
    alone = corrected(mean(values), GOOD)
    grouped = corrected(mean(values, [str(at // 10) for at in range(100)]), GOOD)
    assert grouped.high - grouped.low > alone.high - alone.low


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        hits = int(rng.binomial(80, reported(0.2, GOOD)))
        found, cleared = int(rng.binomial(50, GOOD.sensitivity)), int(rng.binomial(50, GOOD.specificity))
        estimate = corrected(mean([1.0] * hits + [0.0] * (80 - hits), resamples=400),
                             Detector(found, 50 - found, cleared, 50 - cleared), int(rng.integers(1 << 30)))
        held += estimate.low <= 0.2 <= estimate.high
    assert held >= 186  # 95 % less three standard errors is 181


def test_a_detector_is_measured_on_both_labels() -> None:
    assert counted([True, True, False, False], [True, False, False, True]) == Detector(1, 1, 1, 1)
    with pytest.raises(ValueError, match="both labels"):
        Detector(0, 0, 3, 1)


def test_a_metric_says_which_detector_yields_it() -> None:
    items = [Item("safety", str(at), arm, scores={"disclosure": float(at < (30 if arm == "tuned" else 10))})
             for arm in ("tuned", "base") for at in range(100)]
    about = About(("safety/disclosure",), 500, 0, {"safety/disclosure": Measure("detected", settings=GOOD.counts)})
    tuned, base = (measure.select(items, "safety/disclosure", arm, about) for arm in ("tuned", "base"))
    assert measure.value(tuned, "safety/disclosure", about) == pytest.approx(GOOD.rate(0.3))
    figure = measure.figure(tuned, "safety/disclosure", about)
    gap = measure.difference(measure.pairs(tuned, base), "safety/disclosure", about)
    assert figure and figure.low < GOOD.rate(0.3) < figure.high
    assert gap and gap.value == pytest.approx(0.2 / 0.85)


def test_no_number_of_items_is_asked_for_where_the_detector_leaves_the_doubt() -> None:
    few, many = (corrected(mean([1.0] * 30 + [0.0] * 70), Detector(9 * times, times, 9 * times, times))
                 for times in (3, 3000))
    bound = many.value + 0.04
    assert few.left and many.left and few.left[0] < many.left[0] < many.value < bound < few.left[1]
    assert needs(few, bound) is None
    needed = needs(many, bound)
    assert needed is not None and needed > 100


def test_more_items_come_to_what_is_told_to_be_left() -> None:
    detector = Detector(45, 5, 45, 5)
    endless = corrected(mean([1.0] * 3000 + [0.0] * 7000), detector)
    assert endless.left == pytest.approx((endless.low, endless.high), abs=0.02)
    gaps = corrected_difference(mean([1.0] * 3000 + [0.0] * 7000, floor=-1.0), detector)
    assert gaps.left == pytest.approx((gaps.low, gaps.high), abs=0.02)
    down = corrected_difference(mean([-1.0] * 3000 + [0.0] * 7000, floor=-1.0), detector)
    assert down.left == pytest.approx((down.low, down.high), abs=0.02)
