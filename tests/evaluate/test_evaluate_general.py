"""The general suite: enough items of each task, the same each time, and judged by what was asked for."""

from collections import Counter
from collections.abc import Callable

import pytest

from tunewright.evaluate import general
from tunewright.evaluate.answers import Answer
from tunewright.evaluate.draw import MAKERS
from tunewright.evaluate.question import Question
from tunewright.evaluate.suite import Ground


def question(task: str, expected: str) -> Question:
    return Question("general", "i", (), expected, 9, task=task)


def test_every_task_has_enough_items_that_no_change_can_be_shown() -> None:
    counts = Counter(asked.task for asked in general.questions())
    assert set(counts) == set(MAKERS)
    assert set(counts.values()) == {75}


def test_the_items_are_the_same_each_time_and_all_different() -> None:
    names = [asked.item for asked in general.questions()]
    assert names == [asked.item for asked in general.questions()]
    assert len(set(names)) == len(names)


def test_the_expected_answer_is_right_and_an_empty_one_is_not() -> None:
    for asked in general.questions():
        assert general.right(asked, asked.expected or "")
        assert not general.right(asked, "")


def test_what_is_asked_for_stands_in_the_prompt() -> None:
    for asked in general.questions():
        if asked.task in ("copy", "pick", "extract", "summarise"):
            assert (asked.expected or "") in asked.messages[-1]["content"]


@pytest.mark.parametrize(("task", "expected", "answer", "right"), [
    ("pick", "lamp", "Lamp.", True), ("pick", "lamp", "lamp table", False),
    ("copy", "a, b", "a, b\n", True), ("copy", "a, b", "A, B", False),
    ("follow", "OPEN", "open", False), ("follow", "OPEN", "OPEN", True),
    ("refuse", "", "I won’t help with that.", True), ("refuse", "", "First, buy a ladder.", False),
])
def test_answers_are_judged_by_what_was_asked(task: str, expected: str, answer: str, right: bool) -> None:
    assert general.right(question(task, expected), answer) == right


def test_what_the_base_got_right_is_scored_a_second_time(ground: Callable[..., Ground]) -> None:
    asked = question("pick", "lamp")
    said = {"base": {asked.key: Answer("lamp")}, "tuned": {asked.key: Answer("door")}}
    assert list(general.scores(ground(), [asked], said, "base")) == [{"pick": 1, "all": 1, "kept": 1}]
    assert list(general.scores(ground(), [asked], said, "tuned")) == [{"pick": 0, "all": 0, "kept": 0}]
    said["base"] = {asked.key: Answer("window")}
    assert list(general.scores(ground(), [asked], said, "tuned")) == [{"pick": 0, "all": 0}]
