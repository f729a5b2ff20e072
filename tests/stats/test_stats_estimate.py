"""Intervals: exact where they can be, never of zero width, and right about as often as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as reference

from tunewright.stats.estimate import TAIL, corpus, mean, units

shares = st.lists(st.floats(0, 1), min_size=1, max_size=40)
changes = st.lists(st.floats(-1, 1), min_size=1, max_size=40)


@given(hits=st.integers(0, 60), misses=st.integers(0, 60))
def test_for_zeros_and_ones_the_interval_is_clopper_pearson(hits: int, misses: int) -> None:
    n = hits + misses
    if n == 0:
        return
    estimate = mean([1.0] * hits + [0.0] * misses)
    exact = reference.binomtest(hits, n).proportion_ci(1 - 2 * TAIL, "exact")
    assert estimate.low == pytest.approx(exact.low, abs=1e-9)
    assert estimate.high == pytest.approx(exact.high, abs=1e-9)


@pytest.mark.parametrize(("better", "worse"), [(10, 2), (9, 3), (30, 12), (6, 0), (5, 0), (14, 14)])
def test_for_paired_zeros_and_ones_no_difference_is_tested_as_by_mcnemar_exactly(better: int, worse: int) -> None:
    gaps = [1.0] * better + [-1.0] * worse + [0.0] * 150
    estimate = mean(gaps, floor=-1.0, resamples=200_000)
    exact = reference.binomtest(better, better + worse, alternative="greater").pvalue
    assert estimate.p_at_most(0.0) == pytest.approx(exact, abs=0.004)


@given(values=shares)
def test_an_interval_holds_its_figure_stays_in_range_and_has_width(values: list[float]) -> None:
    estimate = mean(values, resamples=200)
    assert 0 <= estimate.low <= estimate.value + 1e-9
    assert estimate.value - 1e-9 <= estimate.high <= 1
    assert estimate.high - estimate.low > 0


@given(value=st.floats(0, 1), n=st.integers(1, 30))
def test_equal_values_still_leave_room_for_doubt(value: float, n: int) -> None:
    estimate = mean([value] * n, resamples=400)
    assert estimate.high - estimate.low > 0.5 / n


@given(values=changes)
def test_turning_the_scale_round_turns_the_interval_round(values: list[float]) -> None:
    plain, turned = (mean(sign * np.asarray(values), floor=-1.0, resamples=400) for sign in (1, -1))
    assert turned.low == pytest.approx(-plain.high, abs=0.12)
    assert turned.value == pytest.approx(-plain.value, abs=1e-9)


@given(values=shares, seed=st.integers(0, 5))
def test_the_same_seed_gives_the_same_interval(values: list[float], seed: int) -> None:
    first, second = (mean(values, resamples=100, seed=seed) for _ in range(2))
    assert (first.low, first.high) == (second.low, second.high)


@given(values=shares, bound=st.floats(-0.2, 1.2), resamples=st.integers(100, 500))
def test_interval_and_p_value_never_disagree(values: list[float], bound: float, resamples: int) -> None:
    data = np.asarray(values)
    estimate = corpus(lambda weights: weights @ data / weights.sum(axis=1), len(data), resamples=resamples)
    assert (estimate.high < bound) == (estimate.p_at_least(bound) <= TAIL)
    assert (estimate.low > bound) == (estimate.p_at_most(bound) <= TAIL)


def test_items_of_one_group_count_as_one_witness() -> None:
    values = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0] * 5
    groups = [str(at // 4) for at in range(len(values))]
    alone, together = mean(values), mean(values, groups)
    assert together.value == alone.value
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_groups_of_one_item_change_nothing() -> None:
    values = [0.1, 0.9, 0.4, 0.4]
    assert mean(values, [str(at) for at in range(4)]).low == mean(values).low
    assert mean(values, [None] * 4).low == mean(values).low


def test_items_without_a_group_are_each_their_own_unit() -> None:
    assert units(["a", None, "a", None], 4).tolist() == [0, 1, 0, 2]


def test_an_unbounded_mean_has_a_student_interval() -> None:
    values = [1.2, 0.7, 1.9, 1.1, 0.4]
    estimate = mean(values, ceiling=np.inf, resamples=20_000)
    exact = reference.t.interval(0.95, 4, np.mean(values), reference.sem(values))
    assert (estimate.low, estimate.high) == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize("values", [[1.5], [2.0, 2.0, 2.0]])
def test_an_unbounded_mean_that_never_varied_says_nothing(values: list[float]) -> None:
    estimate = mean(values, ceiling=np.inf)
    assert estimate.low == -np.inf
    assert estimate.high == np.inf


def test_a_statistic_of_the_set_that_is_the_mean_gets_the_mean_s_interval() -> None:
    values = np.asarray([0.2, 0.9, 1.0, 0.0, 0.5] * 8)
    whole = corpus(lambda weights: weights @ values / weights.sum(axis=1), len(values), resamples=20_000)
    plain = mean(values, resamples=20_000)
    assert (whole.low, whole.value, whole.high) == pytest.approx((plain.low, plain.value, plain.high), abs=0.006)


def test_no_values_are_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        mean([])
    with pytest.raises(ValueError, match="no values"):
        corpus(lambda weights: weights.sum(axis=1), 0)


@pytest.mark.parametrize("truth", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("n", [20, 100])
def test_binary_intervals_miss_the_truth_on_either_side_at_most_as_often_as_they_say(truth: float, n: int) -> None:
    hits = np.arange(n + 1)
    chance = reference.binom.pmf(hits, n, truth)
    ends = [mean([1.0] * k + [0.0] * (n - k)) for k in hits]
    assert sum(chance[[end.low > truth for end in ends]]) <= TAIL + 1e-9
    assert sum(chance[[end.high < truth for end in ends]]) <= TAIL + 1e-9


@pytest.mark.parametrize("n", [15, 60])
def test_intervals_of_shares_cover_the_truth(n: int) -> None:
    generator = np.random.default_rng(1)
    missed_low = missed_high = 0
    for _ in range(400):  # shares like field F1: many ones, some zeros, the rest between
        whole = generator.random(n)
        values = np.where(whole < 0.6, 1.0, np.where(whole < 0.7, 0.0, generator.random(n)))
        estimate = mean(values, resamples=400)
        missed_low += estimate.low > 0.75
        missed_high += estimate.high < 0.75
    assert missed_low <= 20  # 2.5 % of 400 is 10; 20 would happen once in 300
    assert missed_high <= 20


def test_intervals_of_grouped_changes_cover_the_truth() -> None:
    generator = np.random.default_rng(2)
    missed = 0
    for _ in range(300):
        chance = np.repeat(generator.beta(2, 2, 40), 4)  # what is right in one record of a group is right in others
        before, after = (generator.random(160) < chance for _ in range(2))
        groups = [str(at // 4) for at in range(160)]
        estimate = mean(after.astype(float) - before, groups, floor=-1.0, resamples=400)
        missed += not estimate.low <= 0.0 <= estimate.high
    assert missed <= 25  # 5 % of 300 is 15


@pytest.mark.parametrize("ceiling", [1.0, np.inf])
def test_eight_groups_are_enough_for_an_interval_that_holds_what_it_says(ceiling: float) -> None:
    """Bounded values by the imagined further group, unbounded ones by Student's t with seven degrees of freedom."""
    rng = np.random.default_rng(9)
    groups = [str(at // 5) for at in range(40)]
    held = []
    for at in range(1000):
        values = np.repeat(rng.uniform(0.2, 0.8, 8), 5) + rng.uniform(-0.2, 0.2, 40)
        found = mean(values, groups, ceiling=ceiling, resamples=400, seed=at)
        held.append(found.low <= 0.5 <= found.high)
    assert np.mean(held) >= 0.93
