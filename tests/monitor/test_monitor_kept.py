"""An answer is kept unless its user asks the same again within two minutes, in whatever order records are read."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tunewright.monitor.kept import LATE, SOON, Kept

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def record(number, at, user="ann", question="q", seconds=1.0, **more):
    return {"id": str(number), "at": (BEGAN + timedelta(seconds=at)).isoformat(timespec="milliseconds"), "key": "k",
            "user": user, "prompt_digest": question, "seconds": seconds, "status": 200, "release": "desk@1", **more}


def values(records, later=10_000, **how):
    kept = Kept(**how)
    for one in records:
        kept.take(one)
    kept.take(record("end", later, user=None))
    return Counter(outcome.value for outcome in kept.over())


def test_an_answer_that_is_asked_for_again_soon_was_not_kept():
    assert values([record(1, 0), record(2, 60)]) == {0.0: 1, 1.0: 1}


def test_later_another_user_or_another_question_says_nothing():
    for other in (record(2, 122), record(2, 60, user="bo"), record(2, 60, question="r")):
        assert values([record(1, 0), other]) == {1.0: 2}


def test_the_same_asked_twice_before_it_is_answered_is_not_asked_again():
    assert values([record(1, 0, seconds=5.0), record(2, 2, seconds=5.0)]) == {1.0: 2}


def test_of_unknown_users_failures_and_shadows_nothing_is_told():
    assert values([record(1, 0, user=None), record(2, 0, status=500), record(3, 0, shadow_of="x")]) == {}


def test_what_was_put_right_is_told_by_the_correction_alone():
    assert values([record(1, 0), {"feedback": {"corrected": True}, "of": "1"}]) == {}


def test_until_the_question_may_have_come_again_and_been_read_nothing_is_told():
    assert values([record(1, 0)], later=SOON + LATE) == {}
    assert values([record(1, 0)], later=SOON + LATE + 2) == {1.0: 1}


def test_a_question_that_was_asked_again_on_another_machine_is_read_later_and_counts():
    kept = Kept()
    for one in (record(1, 0), record("other", SOON + LATE, user=None)):
        kept.take(one)
        assert list(kept.over()) == []
    assert values([record(1, 0), record("other", SOON + LATE, user=None), record(2, 60)]) == {0.0: 1, 1.0: 1}


def test_memory_is_bounded_by_dropping_the_oldest():
    kept = Kept(most=10)
    for number in range(100):
        kept.take(record(number, 0, question=str(number)))
        list(kept.over())
    assert len(kept._waiting) == len(kept._same) == 10


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 30), st.sampled_from("ab"), st.sampled_from("xy")),
                max_size=25), st.randoms())
def test_any_order_tells_what_the_definition_says(asked, dice):
    records = [record(number, at, user, question, float(seconds))
               for number, (at, seconds, user, question) in enumerate(asked)]
    expected = Counter(float(not any(
        0 <= other[0] - (one[0] + one[1]) <= SOON for other in asked if other[2:] == one[2:])) for one in asked)
    dice.shuffle(records)
    assert values(records) == expected
