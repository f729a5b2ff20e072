"""Exposure: exact where the space is gone through, honest where it is sampled, and silent where nothing was learned."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.evaluate.privacy.exposure import FALSE, exposure, extrapolated, flagged

SPACE = 1000


@given(st.integers(0, SPACE - 1))
def test_with_the_whole_space_exposure_is_log2_of_size_over_rank(at: int) -> None:
    nats = [float(number) for number in range(SPACE)]
    found = exposure(nats.pop(at), nats, SPACE)
    assert found.bits == pytest.approx(log2(SPACE) - log2(at + 1))
    assert found.p == (at + 1) / SPACE


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=80, unique=True))
def test_p_of_a_secret_that_was_never_seen_is_uniform(nats: list[float]) -> None:
    """Over all places that the secret can have among the same candidates, each p-value comes once."""
    ps = sorted(exposure(own, [*nats[:at], *nats[at + 1:]], SPACE).p for at, own in enumerate(nats))
    assert ps == [(rank + 1) / len(nats) for rank in range(len(nats))]


@given(st.lists(st.integers(0, 3), min_size=2, max_size=60))
def test_ties_never_make_p_smaller_than_it_may_be(nats: list[int]) -> None:
    ps = [exposure(own, [*nats[:at], *nats[at + 1:]], SPACE).p for at, own in enumerate(nats)]
    for level in ps:
        assert sum(p <= level for p in ps) <= level * len(ps) + 1e-9


def test_bits_of_a_secret_that_was_never_seen_are_1_44_on_average() -> None:
    nats = [float(number) for number in range(SPACE)]
    bits = [exposure(nats[at], [*nats[:at], *nats[at + 1:]], SPACE).bits for at in range(SPACE)]
    assert np.mean(bits) == pytest.approx(1 / np.log(2), abs=0.02)


@given(st.floats(-40, 5), st.integers(2, 50))
def test_a_sample_never_tells_more_bits_than_the_space_has(own: float, count: int) -> None:
    others = np.random.default_rng(0).normal(size=count).tolist()
    found = exposure(own, others, SPACE)
    assert 0 <= found.bits <= log2(SPACE)
    assert found.bits >= -log2(found.p) - 1e-9


@pytest.mark.parametrize("shape", [0.0, 3.0, -3.0])
def test_the_extrapolation_is_the_tail_of_the_skew_normal_that_the_sample_is_from(shape: float) -> None:
    from scipy.stats import skewnorm

    others = skewnorm.rvs(shape, size=200_000, random_state=1)
    own = float(skewnorm.ppf(2.0**-14, shape))
    assert extrapolated(own, others.tolist()) == pytest.approx(14, abs=1)


def test_a_sample_that_does_not_vary_tells_nothing_beyond_its_size() -> None:
    assert exposure(1.0, [2.0] * 7, SPACE).bits == 3.0


def test_more_others_than_the_space_holds_or_none_are_refused() -> None:
    for count in (0, SPACE):
        with pytest.raises(ValueError, match="no sample"):
            exposure(0.0, [1.0] * count, SPACE)


def test_a_flag_is_corrected_for_the_number_of_canaries() -> None:
    assert flagged([FALSE]) == [True]
    assert flagged([FALSE, 0.5]) == [False, False]
    assert flagged([FALSE / 2, FALSE, 0.5]) == [False, False, False]
    assert flagged([FALSE / 3, 0.5, FALSE / 2]) == [True, False, True]


def test_models_that_saw_none_of_eight_canaries_are_flagged_once_in_a_thousand() -> None:
    draws = np.random.default_rng(7).integers(1, 10_001, size=(20_000, 8)) / 10_000
    assert sum(any(flagged(row)) for row in draws.tolist()) <= 40  # 20 are expected at most, 40 are 4.5 deviations off
