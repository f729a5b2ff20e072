"""A route keeps figures of a share of its answers, and of no more than a minute's worth at once."""

from hypothesis import given
from hypothesis import strategies as some

from tunewright.recipe.monitor import DriftSpec
from tunewright.serve.route import SAMPLES, Route


def route(share: float) -> Route:
    return Route("desk@1", "r" * 64, "m" * 64, "b" * 64, drift=DriftSpec(sample=share))


@given(some.floats(0.05, 1), some.integers(0, (1 << 32) - 1))
def test_whether_an_answer_is_sampled_follows_from_its_number(share, number):
    assert route(share).sampled(f"{number:08x}abc") is (number < share * (1 << 32))


def test_of_a_flood_a_minutes_worth_is_sampled():
    flooded = route(1.0)
    assert SAMPLES <= sum(flooded.sampled("00000000") for _ in range(10 * SAMPLES)) < 2 * SAMPLES


def test_a_route_is_held_while_somebody_uses_it():
    held = route(0.1)
    with held, held:
        assert held.active == 2
    assert held.active == 0
