"""What answers took is counted whole, and quantiles of seconds are right to one per cent."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.monitor.traffic import SHARES, Traffic


def of(seconds):
    made = Traffic()
    for one in seconds:
        made.take({"seconds": one, "tokens_in": 3, "tokens_out": 2, "cost": 0.5})
    return made


@given(st.lists(st.floats(1e-5, 1e4), min_size=1, max_size=200))
def test_a_quantile_is_right_to_one_per_cent(seconds):
    for share in SHARES.values():
        exact = sorted(seconds)[math.ceil(share * len(seconds)) - 1]
        assert exact <= of(seconds).quantile(share) * (1 + 1e-9) <= exact * 1.0101


def test_tokens_and_cost_are_summed():
    told = of([0.1] * 4).told()
    assert (told["answers"], told["tokens_in"], told["tokens_out"], told["cost"]) == (4, 12, 8, 2.0)
    assert told["seconds"]["p99"] == pytest.approx(0.1, rel=0.01)


def test_without_answers_there_are_no_seconds():
    assert Traffic().told()["seconds"] == {"p50": None, "p95": None, "p99": None}
