"""Holm: alone a claim is not corrected; together fewer stand than uncorrected, and more than by Bonferroni."""

from hypothesis import given
from hypothesis import strategies as st

from tunewright.stats.holm import holm

chances = st.lists(st.floats(0, 1), max_size=12)


def test_one_claim_is_not_corrected() -> None:
    assert holm([0.025]) == [True]
    assert holm([0.026]) == [False]


def test_each_claim_that_stands_eases_the_next() -> None:
    assert holm([0.02, 0.012], tail=0.025) == [True, True]
    assert holm([0.02, 0.013], tail=0.025) == [False, False]


@given(chances)
def test_between_bonferroni_and_no_correction(p_values: list[float]) -> None:
    for p, stands in zip(p_values, holm(p_values), strict=True):
        assert not stands or p <= 0.025
        assert stands or p > 0.025 / len(p_values)


@given(chances)
def test_a_smaller_p_value_never_stands_worse(p_values: list[float]) -> None:
    stands = dict(zip(p_values, holm(p_values), strict=True))
    order = sorted(stands)
    assert [stands[p] for p in order] == sorted((stands[p] for p in order), reverse=True)
