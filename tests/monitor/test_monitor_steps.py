"""A canary grows, holds, becomes live or is taken away by what users meet."""

import random

import pytest

from tunewright.monitor.judge import Window, judge, overall
from tunewright.monitor.outcome import Outcome, of_record
from tunewright.monitor.steps import step
from tunewright.recipe import MonitorSpec
from tunewright.recipe.monitor import WatchSpec

SPEC = MonitorSpec(rules=(WatchSpec(metric="feedback"), WatchSpec(metric="error", drop_at_most=0.02)))


def window(good=0.8, errors=0.0, count=3000, seed=0):
    """Both releases asked `count` times; the live one has .8 and no errors."""
    dice, made = random.Random(seed), Window()
    for release, quality, failing in (("desk@2", good, errors), ("desk@1", 0.8, 0.0)):
        made.take(Outcome(release, "feedback", "", float(dice.random() < quality)) for _ in range(count))
        made.take(Outcome(release, "error", "", float(dice.random() < failing)) for _ in range(count))
    return made


def answers(made):
    return {one.metric: one.answer for one in judge(made, "desk@2", "desk@1", SPEC.rules)}


def move(made, share=0.1, given=1000):
    return step(SPEC, share, given, judge(made, "desk@2", "desk@1", SPEC.rules))


def test_an_equal_canary_passes_when_there_are_answers_enough():
    assert answers(window()) == {"feedback": "pass", "error": "pass"}
    assert answers(window(count=100))["feedback"] == "undecided"


def test_a_worse_canary_fails_by_the_rule_that_it_breaks():
    assert answers(window(good=0.7))["feedback"] == "fail"
    assert answers(window(errors=0.05)) == {"feedback": "pass", "error": "fail"}


def test_before_there_are_outcomes_nothing_is_said():
    assert answers(Window()) == {"feedback": "undecided", "error": "undecided"}


def test_it_grows_step_by_step_and_becomes_live_after_the_last():
    made = window()
    assert (move(made).move, move(made).share) == ("grow", 0.5)
    assert move(made, share=0.5).move == "live"


def test_each_share_is_met_by_answers_enough():
    assert move(window(), given=199).move == "hold"
    assert move(window(), given=200).move == "grow"


def test_a_failing_canary_is_taken_away_at_once_and_why_says_by_what():
    taken = move(window(good=0.6), given=0)
    assert taken.move == "abort"
    assert taken.why.startswith("it is worse: feedback 0.5")


def test_one_failing_rule_is_enough():
    assert overall(judge(window(errors=0.1), "desk@2", "desk@1", SPEC.rules)) == "fail"


@pytest.mark.parametrize(("record", "found"), [
    ({"status": 200, "seconds": 1.0, "user": "ann", "key": "k"}, {"error": 0.0, "slow": 0.0}),
    ({"status": 500, "seconds": 1.0, "user": None}, {"error": 1.0}),
    ({"status": 499, "seconds": 1.0, "user": None}, {}),
    ({"status": 400, "seconds": 0.1, "user": None}, {}),
    ({"status": 200, "seconds": 30.0, "user": None, "valid": False, "refused": True},
     {"error": 0.0, "slow": 1.0, "valid": 0.0, "refused": 1.0}),
    ({"feedback": {"score": 1.0, "corrected": True}, "user": "ann"}, {"feedback": 1.0, "kept": 0.0})])
def test_what_a_record_tells(record, found):
    told = list(of_record({"release": "desk@2", **record}, slow=10.0))
    assert {one.metric: one.value for one in told} == found
    assert {one.unit for one in told} <= {"k\0ann", "\0ann", ""}


def test_steps_must_rise():
    with pytest.raises(ValueError, match="shares that rise"):
        MonitorSpec(steps=(0.5, 0.1))
