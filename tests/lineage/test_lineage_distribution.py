"""How far a distribution moved is a distance, told beside what chance alone would show."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.lineage.distribution import distribution

tallies = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50), min_size=1).map(Counter)


@given(one=tallies, other=tallies, third=tallies)
def test_it_is_a_distance(one: Counter[str], other: Counter[str], third: Counter[str]) -> None:
    def far(left: Counter[str], right: Counter[str]) -> float:
        return distribution("x", left, right).distance
    assert far(one, one) == 0
    assert 0 <= far(one, other) == far(other, one) <= 1
    assert far(one, third) <= far(one, other) + far(other, third) + 1e-5


def test_what_shares_nothing_is_one_apart_and_the_largest_shifts_are_named() -> None:
    assert distribution("x", Counter("aa"), Counter("b")).distance == 1
    assert distribution("x", Counter(), Counter("b")).distance == 1
    assert distribution("x", Counter(), Counter()).distance == 0
    moved = distribution("label", Counter(a=50, b=30, c=10, d=10), Counter(a=20, b=60, c=11, d=9))
    assert [(one.value, one.before, one.after) for one in moved.shifts] == [
        ("a", 0.5, 0.2), ("b", 0.3, 0.6), ("c", 0.1, 0.11)]
    assert moved.distance == pytest.approx(0.31)


@pytest.mark.parametrize(("n", "m", "shares"), [(400, 900, (5, 3, 2)), (2000, 200, (1, 1, 1, 1)), (300, 300, (9, 1))])
def test_chance_is_what_draws_from_one_population_show(n: int, m: int, shares: tuple[int, ...]) -> None:
    rng = random.Random(4)
    names = "abcd"[:len(shares)]
    seen = [distribution("x", Counter(rng.choices(names, shares, k=n)), Counter(rng.choices(names, shares, k=m)))
            for _ in range(300)]
    mean = sum(one.distance for one in seen) / len(seen)
    assert sum(one.chance for one in seen) / len(seen) == pytest.approx(mean, rel=0.1)
