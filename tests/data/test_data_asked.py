"""What a record asks and answers, and which questions are the same."""

import pytest

from tunewright.core.examples import Example
from tunewright.data.asked import answered, asked, plain, sketch
from tunewright.recipe.duplicates import DuplicatesSpec


def turn(role: str, content: str | None) -> dict[str, str | None]:
    return {"role": role, "content": content}


TALK = Example(id="", messages=(turn("system", "Be brief."), turn("user", "Hello"), turn("assistant", None),
                                turn("user", "Where is it?"), turn("assistant", "On its way.")))
CHOICE = Example(id="", prompt=(turn("user", "Say hi"),), chosen=(turn("assistant", "hi"),),
                 rejected=(turn("assistant", "no"),))


@pytest.mark.parametrize(("example", "asks", "answers"), [
    (TALK, "Hello\n\nWhere is it?", "On its way."),
    (CHOICE, "Say hi", "hi\nno"),
    (Example(id="", text="A raw text."), "A raw text.", ""),
    (Example(id=""), "", ""),
])
def test_the_system_prompt_is_no_question_and_the_last_turn_is_the_answer(example: Example, asks: str,
                                                                          answers: str) -> None:
    assert (asked(example), answered(example)) == (asks, answers)


@pytest.mark.parametrize(("one", "other", "same"), [
    ("How do I top up?", " how do i  TOP UP", True),
    ("top up", "topup", True),
    ("Straße", "STRASSE", True),
    ("你好？", "你好", True),
    ("3-4", "3+4", False),
    ("What is C#?", "What is C?", False),
    ("What is C++?", "What is C?", False),
    ("yes", "no", False),
])
def test_questions_are_the_same_but_for_case_white_space_and_outer_punctuation(one: str, other: str,
                                                                               same: bool) -> None:
    assert (plain(one) == plain(other)) is same


@pytest.mark.parametrize("text", ["", "  ", "?!"])
def test_a_text_that_says_nothing_is_like_no_other(text: str) -> None:
    assert plain(text) == bytes(16)


def test_bands_are_kept_only_where_near_duplicates_are_looked_for() -> None:
    assert sketch(["one", "two"], DuplicatesSpec()) == [b"", b""]
    assert [len(one) for one in sketch(["one", "two"], DuplicatesSpec(near=0.8))] == [64, 64]
