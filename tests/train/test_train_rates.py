import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.recipe import PhaseSpec
from tunewright.train import methods
from tunewright.train.rates import DEFAULTS, peak, share

schedules = st.sampled_from(["cosine", "linear", "constant"])


@given(schedules, st.floats(0, 0.9), st.integers(1, 200))
def test_the_rate_rises_to_its_peak_and_never_rises_again(schedule, warmup, steps):
    phase = PhaseSpec(schedule=schedule, warmup=warmup)
    shares = [share(phase, step, steps) for step in range(steps)]
    top = shares.index(max(shares))
    assert all(0 < value <= 1 for value in shares)
    assert shares[:top + 1] == sorted(shares[:top + 1])
    assert shares[top:] == sorted(shares[top:], reverse=True)


@pytest.mark.parametrize(("schedule", "half"), [("linear", 0.5), ("cosine", 0.5), ("constant", 1.0)])
def test_half_way_through_the_decay(schedule, half):
    assert share(PhaseSpec(schedule=schedule, warmup=0), 50, 100) == pytest.approx(half)


@pytest.mark.parametrize(("method", "parameters", "rate"), [
    ("lora", 3_800_000, 3e-3), ("full", 3_800_000, 1e-3), ("lora", 7_000_000_000, 2e-4), ("full", 7_000_000_000, 2e-5)])
def test_the_default_rate_follows_method_and_size(method, parameters, rate):
    assert peak(PhaseSpec(method=method), parameters) == rate


def test_the_recipe_has_the_last_word_on_the_rate():
    assert peak(PhaseSpec(learning_rate=0.5), 1) == 0.5


def test_every_method_has_its_rates_and_what_is_frozen_around_it_lets_it_learn_faster():
    assert set(DEFAULTS) == set(methods.KINDS)
    assert all(small > usual for small, usual in DEFAULTS.values())
    assert all(small >= DEFAULTS["full"][0] for small, _ in DEFAULTS.values())
