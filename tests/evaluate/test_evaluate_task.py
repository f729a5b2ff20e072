"""The task suite: the last answer is asked for, shots differ and fit, the majority answer is the best constant."""

import json
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.examples import Example, make_example
from tunewright.evaluate import task
from tunewright.evaluate.suite import Ground

Build = Callable[..., Example]
Grounds = Callable[..., Ground]


def turn(role: str, text: str) -> dict[str, str]:
    return {"role": role, "content": text}


def test_the_last_assistant_turn_is_what_is_asked_for(ground: Grounds) -> None:
    turns = (turn("user", "a"), turn("assistant", "b"), turn("user", "c"), turn("assistant", "d"))
    (question,) = task.questions(ground([make_example(messages=turns)]))
    assert question.messages == turns[:3]
    assert question.expected == "d"
    assert question.target == turns[3]


def test_a_tool_call_is_compared_as_json(ground: Grounds) -> None:
    call = {"role": "assistant", "tool_calls": [{"name": "f", "arguments": {"x": 1}}]}
    (question,) = task.questions(ground([make_example(messages=(turn("user", "a"), call))]))
    assert json.loads(question.expected or "") == call["tool_calls"]


def test_raw_text_has_nothing_to_compare_with(ground: Grounds) -> None:
    (question,) = task.questions(ground([make_example(text="words")]))
    assert question.expected is None
    assert question.target is None


def test_a_draw_of_items_is_the_same_for_the_same_seed(asked_example: Build, ground: Grounds) -> None:
    examples = [asked_example(str(at), "x") for at in range(50)]

    def drawn(seed: int) -> list[str]:
        return [question.item for question in task.questions(ground(examples, items=10, seed=seed))]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert len(drawn(1)) == 10


def test_shots_have_different_answers_while_there_are_any(asked_example: Build) -> None:
    examples = [asked_example(str(at), "common" if at else "rare") for at in range(30)]
    shots = task.shots(examples, 3, seed=0)
    assert {turns[-1]["content"] for turns in shots} == {"common", "rare"}
    assert len(shots) == 3
    assert task.shots(examples, 0, seed=0) == []


def test_shots_come_as_earlier_turns_after_the_system_turn(asked_example: Build) -> None:
    shots = task.shots([asked_example("q", "a", system="S")], 1, seed=0)
    shown = task.prompted((turn("system", "S"), turn("user", "now")), shots, lambda _: True)
    assert shown == (turn("system", "S"), turn("user", "q"), turn("assistant", "a"), turn("user", "now"))


@given(room=st.integers(0, 20))
def test_as_many_shots_are_shown_as_fit(room: int) -> None:
    shots = [(turn("user", f"{at}"), turn("assistant", "x")) for at in range(5)]
    shown = task.prompted((turn("user", "now"),), shots, lambda messages: len(messages) <= room)
    assert len(shown) == max(1, min(11, room if room % 2 else room - 1))


def test_the_majority_answer_is_the_most_frequent_one() -> None:
    assert task.majority(["a", "b", "b", "c"]) == "b"
    assert task.majority(["b", "a"]) == "a"
    assert task.majority([]) == ""


def test_the_majority_of_objects_is_taken_key_by_key() -> None:
    answers = ['{"kind": "bill", "n": 1}', '{"kind": "bill", "n": 2}', '{"kind": "card", "n": 2, "odd": 1}']
    assert json.loads(task.majority(answers)) == {"kind": "bill", "n": 2}
