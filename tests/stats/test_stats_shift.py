"""Samples of one population are seldom told apart, samples of two are, and the size says how far."""

import random

import numpy as np
import pytest

from tunewright.stats import shift


def test_every_look_spends_a_part_and_all_together_no_more_than_there_is():
    parts = [shift.spent(0.05, look) for look in range(1, 100_000)]
    assert sum(parts) < 0.05
    assert parts == sorted(parts, reverse=True)


@pytest.mark.parametrize("kind", ["numbers", "categories", "shares", "levels", "vectors"])
def test_equal_populations_are_told_apart_as_seldom_as_the_level_says(kind):
    dice = np.random.default_rng(0)
    draw = {"numbers": lambda: dice.normal(size=150), "categories": lambda: list(dice.choice(list("abcd"), 150)),
            "shares": lambda: list((dice.random(150) < 0.3).astype(float)),
            "levels": lambda: list(dice.integers(1, 6, 150) / 4),
            "vectors": lambda: dice.normal(size=(60, 8))}[kind]
    false = sum(getattr(shift, kind)(draw(), draw()).p <= 0.05 for _ in range(200))
    assert false <= 21, "0.05 of 200 is 10; 22 has a chance of one in a thousand"


def test_what_moved_is_found_and_its_size_told():
    dice = np.random.default_rng(1)
    one, other = dice.normal(size=500), dice.normal(0.5, size=500)
    assert shift.numbers(one, other).p < 1e-6
    before, now = ["a"] * 450 + ["b"] * 50, ["a"] * 350 + ["b"] * 150
    found = shift.categories(before, now)
    assert found.p < 1e-6
    assert found.size == pytest.approx((0.2 * np.log(0.3 / 0.1)) + (-0.2 * np.log(0.7 / 0.9)), abs=0.02)
    assert shift.shares([0.0] * 90 + [1.0] * 10, [0.0] * 70 + [1.0] * 30).size == pytest.approx(0.2)
    far = shift.vectors(dice.normal(size=(200, 8)), dice.normal(0.3, size=(200, 8)))
    assert far.p < 1e-4


def test_categories_that_nearly_nobody_has_are_one():
    dice = random.Random(0)
    before, now = ([f"rare {dice.random()}" for _ in range(200)] for _ in range(2))
    assert shift.categories(before, now).p == 1.0


def test_levels_tell_a_lower_mean_and_nothing_of_all_the_same():
    found = shift.levels([0.75, 1.0] * 50, [0.5, 0.75] * 50)
    assert (found.size, found.p < 1e-6) == (pytest.approx(0.25), True)
    assert shift.levels([0.5] * 50, [0.5] * 60) == shift.Shift(0.0, 1.0)
