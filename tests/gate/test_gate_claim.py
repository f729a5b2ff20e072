"""How a claim is told: figures round so that one sees on which side of the bound they lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.records import RuleResult
from tunewright.gate.claim import interval, number
from tunewright.gate.outcome import overall
from tunewright.stats.estimate import mean


@given(hits=st.integers(0, 400), bound=st.floats(0, 1))
def test_the_rounded_ends_lie_on_the_side_where_the_ends_lie(hits: int, bound: float) -> None:
    estimate = mean([1.0] * hits + [0.0] * (400 - hits), resamples=100)
    told = interval(estimate, bound)
    low, high = (float(end) for end in told.split("(")[1].rstrip(")").split(" to "))
    if min(abs(estimate.low - bound), abs(estimate.high - bound)) > 1e-4:
        assert (low >= bound, high >= bound) == (estimate.low >= bound, estimate.high >= bound)


@pytest.mark.parametrize(("value", "text"), [(0.5, "0.50"), (-0.25, "−0.25"), (-0.001, "0.00")])
def test_minus_is_a_minus_sign_and_nought_has_none(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("outcomes", "whole"), [
    (["pass", "pass"], "pass"), (["pass", "undecided"], "undecided"), (["undecided", "fail", "pass"], "fail")])
def test_fail_if_any_fails_pass_only_if_all_pass(outcomes: list[str], whole: str) -> None:
    results = [RuleResult.model_validate({"metric": "m", "rule": "r", "outcome": one, "sentence": "s"})
               for one in outcomes]
    assert overall(results) == whole
