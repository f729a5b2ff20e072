"""Shrinkage: figures move towards the whole by as much as they are noise, and are nearer the truth for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.stats.shrink import error, shrink

parts = st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 0.5)), min_size=4, max_size=30)


@given(parts)
def test_a_figure_moves_towards_the_others_and_never_past_them(drawn: list[tuple[float, float]]) -> None:
    values, errors = (np.asarray(side) for side in zip(*drawn, strict=True))
    found = shrink(values, errors)
    assert min(values) - 1e-9 <= min(one.value for one in found)
    assert max(one.value for one in found) <= max(values) + 1e-9
    for one in found:
        assert 0 <= one.weight <= 1
        assert one.low <= one.value <= one.high


@pytest.mark.parametrize("spread", [0.0, 0.05, 0.2])
def test_shrunk_figures_are_nearer_the_truth_and_their_intervals_hold_it(spread: float) -> None:
    rng = np.random.default_rng(4)
    held, ours, raw = [], 0.0, 0.0
    for _ in range(150):
        errors = np.sqrt(0.2 / rng.integers(10, 80, 20))
        truth = 0.7 + spread * rng.standard_normal(20)
        seen = truth + errors * rng.standard_normal(20)
        found = shrink(seen, errors)
        held += [one.low <= true <= one.high for one, true in zip(found, truth, strict=True)]
        ours += sum((one.value - true) ** 2 for one, true in zip(found, truth, strict=True))
        raw += float(((seen - truth) ** 2).sum())
    assert ours < raw
    assert np.mean(held) >= 0.93


def test_what_is_measured_well_stays_and_what_is_noise_goes() -> None:
    values = np.asarray([0.1, 0.3, 0.5, 0.7, 0.9])
    assert [one.value for one in shrink(values, np.full(5, 0.001))] == pytest.approx(values, abs=0.001)
    assert np.ptp([one.value for one in shrink(values, np.full(5, 2.0))]) < 0.45


def test_three_parts_say_too_little_to_be_drawn_together() -> None:
    found = shrink(np.asarray([0.1, 0.5, 0.9]), np.full(3, 0.1))
    assert [(one.value, one.weight) for one in found] == [(0.1, 1.0), (0.5, 1.0), (0.9, 1.0)]


def test_a_part_whose_items_are_all_equal_is_not_certain() -> None:
    assert error(0.0, 10, 1.0) > 0
    assert error(0.5, 10, 1.0) == pytest.approx(0.5 / 10**0.5)
