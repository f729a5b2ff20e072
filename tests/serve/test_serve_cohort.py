"""A cohort meets the same arm every time, arms get their shares, and growing keeps who was there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.registry import Arm
from tunewright.serve.cohort import chosen, cohort, mirrored, point


def arm(share, name="canary", since="2026-01-01", *, shadow=False):
    return Arm(name, 2, share, shadow, since)


@given(st.binary(), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_an_arm_that_grows_keeps_those_that_it_had(who, one, two):
    small, large = sorted((one, two))
    if chosen([arm(small)], point("desk", who)):
        assert chosen([arm(large)], point("desk", who))


def test_arms_get_their_shares():
    points = [point("desk", b"%d" % number) for number in range(20_000)]
    arms = [arm(0.1, "a"), arm(0.3, "b", "2026-01-02")]
    met = [found.name if (found := chosen(arms, at)) else "live" for at in points]
    assert met.count("a") / len(met) == pytest.approx(0.1, abs=0.01)
    assert met.count("b") / len(met) == pytest.approx(0.3, abs=0.015)


def test_another_names_canary_meets_other_users_first():
    both = [point("desk", b"%d" % n) < 0.1 and point("shop", b"%d" % n) < 0.1 for n in range(5_000)]
    assert sum(both) / len(both) == pytest.approx(0.01, abs=0.006)


def test_a_conversation_that_grows_stays_one_cohort():
    first = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hello"}]
    later = [*first, {"role": "assistant", "content": "hi"}, {"role": "user", "content": "more"}]
    assert cohort("k", None, first) == cohort("k", None, later)
    assert cohort("k", None, first) != cohort("k", None, [*first[:1], {"role": "user", "content": "other"}])


def test_a_user_is_a_cohort_whatever_they_say_and_of_one_key_only():
    assert cohort("k", "ann", [{"role": "user", "content": "a"}]) == cohort("k", "ann", None)
    assert cohort("k", "ann", None) != cohort("l", "ann", None)


def test_a_shadow_answers_nobody_and_sees_its_share():
    arms = [arm(1.0, shadow=True)]
    assert chosen(arms, 0.5) is None
    assert mirrored(arms, 0.5) == arms
    assert mirrored([arm(0.3, shadow=True)], 0.5) == []
