"""Power: the number asked for decides at least four times in five, also for several rules together."""

from dataclasses import replace

import numpy as np
import pytest

from tunewright.stats.estimate import Estimate, mean, mean_of_units
from tunewright.stats.power import needs, rounded


@pytest.mark.parametrize(("share", "bound"), [(0.9, 0.8), (0.7, 0.75), (0.97, 0.95)])
def test_the_items_asked_for_decide_four_times_in_five(share: float, bound: float) -> None:
    hits = round(100 * share)
    count = needs(mean([1.0] * hits + [0.0] * (100 - hits)), bound)
    assert count is not None
    drawn = np.random.default_rng(0).binomial(count, share, 300)
    estimates = [mean([1.0] * hits + [0.0] * (count - hits)) for hits in drawn]
    decided = np.mean([e.low >= bound if share > bound else e.high < bound for e in estimates])
    assert 0.75 <= decided <= 0.95


def test_several_rules_together_need_more_items_each() -> None:
    estimate = mean([1.0] * 5 + [-1.0] * 5 + [0.0] * 90, floor=-1.0)
    alone, together = needs(estimate, -0.05), needs(estimate, -0.05, rules=20)
    assert alone is not None
    assert together is not None
    assert alone < together < 3 * alone


def test_no_change_is_the_truth_as_long_as_the_data_do_not_exclude_it() -> None:
    unlucky = mean([1.0] * 3 + [-1.0] * 6 + [0.0] * 91, floor=-1.0)
    assert unlucky.low < 0 < unlucky.high
    planned, figure = needs(unlucky, -0.05, neutral=0.0), needs(unlucky, -0.05)
    assert planned is not None
    assert figure is not None
    assert planned < figure / 3
    worse = mean([-1.0] * 12 + [0.0] * 988, floor=-1.0)
    assert needs(worse, -0.05, neutral=0.0) == needs(worse, -0.05)


def test_few_equal_items_are_no_proof_that_all_are() -> None:
    few, many = (needs(mean([0.0] * count, floor=-1.0), -0.05) for count in (20, 2000))
    assert few is not None
    assert many is not None
    assert many < few < 400
    assert mean([0.0] * many, floor=-1.0, resamples=100_000).low == pytest.approx(-0.05, abs=0.002), "the least"


def test_groups_need_more_items() -> None:
    values, groups = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0] * 10, [str(at // 3) for at in range(60)]
    alone, together = needs(mean(values), 0.45), needs(mean(values, groups), 0.45)
    assert alone is not None
    assert together is not None
    assert together > 2 * alone


def test_a_figure_on_its_bound_is_never_decided() -> None:
    assert needs(mean([1.0, 0.0]), 0.5) is None


def test_an_unbounded_figure_that_never_varied_asks_for_nothing() -> None:
    assert needs(mean([1.0, 1.0], ceiling=np.inf), 2.0) is None


@pytest.mark.parametrize(("count", "said"), [(7, 7), (72, 72), (633, 640), (1201, 1300), (640, 640)])
def test_counts_are_rounded_up_to_two_digits(count: int, said: int) -> None:
    assert rounded(count) == said


def test_a_variance_that_rests_on_few_units_asks_for_more_than_one_that_rests_on_many() -> None:
    """The same figure, interval and spread; only how sure the spread is differs."""
    many = mean([1.0] * 5 + [-1.0] * 5 + [0.0] * 90, floor=-1.0)
    sure, doubtful = (needs(replace(many, unsure=unsure), -0.05) for unsure in (0.0, 0.8))
    assert sure is not None
    assert doubtful is not None
    assert 1.5 * sure < doubtful < 10 * sure


def test_items_asked_for_by_few_groups_decide_four_times_in_five() -> None:
    """Forty groups of five in which few answers change: what varies at all is six groups or so."""
    rng = np.random.default_rng(2)

    def drawn(groups: int) -> Estimate:
        chances = rng.gamma([0.05, 0.05, 1.9], 1.0, (groups, 3)) + 1e-300
        counts = rng.multinomial(5, chances / chances.sum(axis=1, keepdims=True))
        return mean_of_units((counts[:, 0] - counts[:, 1]).astype(float), np.full(groups, 5.0), floor=-1.0,
                             resamples=100, seed=int(rng.integers(1 << 30)))

    decided = []
    while len(decided) < 300:
        count = needs(first := drawn(40), -0.05, neutral=0.0)
        if count and first.low < -0.05:
            decided.append(drawn(-(-count // 5)).low >= -0.05)
    assert np.mean(decided) >= 0.77
