"""Formats give one shape of example, and name field and reason when a record cannot be used."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.examples import content, make_example
from tunewright.data.formats import compact, interpret, needed, with_system
from tunewright.data.messages import Unusable
from tunewright.recipe import ColumnsSpec, TextSpec

ASK = {"role": "user", "content": "Hi"}
SAY = {"role": "assistant", "content": "Hello"}
TALK = (ASK, SAY)
CALL = {"id": "c1", "type": "function", "function": {"name": "time", "arguments": '{"zone": "UTC"}'}}
CALLED = {"id": "c1", "type": "function", "function": {"name": "time", "arguments": {"zone": "UTC"}}}
TOOLS = [{"type": "function", "function": {"name": "time"}}]


def refused(format: Any, fields: dict[str, Any]) -> str:
    with pytest.raises(Unusable) as caught:
        interpret(format, fields)
    return str(caught.value)


def test_chat_keeps_messages_calls_and_tools() -> None:
    talk = [{"role": "system", "content": "Be brief."}, ASK,
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "content": "12:00", "tool_call_id": "c1"}, {"role": "assistant", "content": "Noon."}]
    made = interpret("chat", {"messages": talk, "tools": TOOLS})
    assert made["messages"][2] == {"role": "assistant", "content": "", "tool_calls": [CALLED]}
    assert [turn["role"] for turn in made["messages"]] == ["system", "user", "assistant", "tool", "assistant"]
    assert made["tools"] == tuple(TOOLS)


def test_chat_reads_messages_written_as_json_text_in_one_column() -> None:
    assert interpret("chat", {"messages": json.dumps(TALK), "tools": ""}) == {"messages": TALK, "tools": None}


def test_chat_joins_text_parts_and_forgets_keys_that_columnar_files_leave_empty() -> None:
    parts = [{"type": "text", "text": "H"}, {"type": "text", "text": "i"}]
    talk = [{"role": "user", "content": parts, "name": None}, {**SAY, "tool_calls": None}]
    assert interpret("chat", {"messages": talk})["messages"] == TALK


@pytest.mark.parametrize(("messages", "said"), [
    (None, "`messages` is empty"),
    ("plain", "`messages` is text that is not a JSON list"),
    ({"role": "user"}, "`messages` is not a list but dict"),
    ([], "`messages` is empty"),
    ([ASK], "`messages` ends with user, so there is no answer to learn"),
    ([SAY], "`messages` holds no user turn"),
    (["Hi", SAY], "`messages[0]` is not an object"),
    ([{"role": "usr", "content": "Hi"}, SAY], "`messages[0]` has role 'usr'; did you mean `user`?"),
    ([{"role": "user", "content": " "}, SAY], "`messages[0]` has no content"),
    ([{"role": "user", "content": 3}, SAY], "`messages[0]` has content that is not text but int"),
    ([{"role": "user", "content": [{"type": "image_url"}]}, SAY], "`messages[0]` has content that is not text"),
    ([{**ASK, "weight": 0}, SAY], "`messages[0]` has a key `weight` that is not known"),
    ([{**ASK, "tool_calls": [CALL]}, SAY], "`messages[0]` has tool_calls, but its role is user"),
    ([ASK, {"role": "system", "content": "x"}, SAY], "`messages[1]` is a system turn that is not the first"),
    ([ASK, {"role": "tool", "content": "x"}, SAY], "`messages[1]` is a tool turn after user"),
    ([ASK, {"role": "assistant", "tool_calls": [{"function": {}}]}], "`messages[1]` has a tool call without"),
    ([ASK, {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}],
     "`messages[1]` calls f with arguments that are not JSON"),
    ([{"role": "user", "content": "\ud83d"}, SAY], "`messages[0]` holds half a character (\\ud83d) at position 1"),
])
def test_a_chat_that_cannot_be_used_is_refused_with_field_and_reason(messages: Any, said: str) -> None:
    assert said in refused("chat", {"messages": messages})


def test_a_missing_field_is_told_with_the_nearest_name() -> None:
    assert refused("chat", {"mesages": []}) == "`messages` is missing; did you mean `mesages`?"


def test_sharegpt_names_become_roles() -> None:
    talk = [{"from": "human", "value": "Hi"}, {"from": "function_call", "value": json.dumps(CALL["function"])},
            {"from": "observation", "value": "12:00"}, {"from": "gpt", "value": "Noon."}]
    made = interpret("sharegpt", {"conversations": talk, "system": "Be brief.", "tools": json.dumps(TOOLS)})
    assert [turn["role"] for turn in made["messages"]] == ["system", "user", "assistant", "tool", "assistant"]
    assert made["messages"][2]["tool_calls"] == [{"type": "function", "function": CALLED["function"]}]
    assert made["tools"] == tuple(TOOLS)


def test_a_sharegpt_speaker_that_is_not_known_is_refused() -> None:
    assert "`conversations[0]` `from` is 'humen'; did you mean `human`?" in refused(
        "sharegpt", {"conversations": [{"from": "humen", "value": "Hi"}]})


def test_alpaca_puts_input_below_instruction_and_history_before() -> None:
    made = interpret("alpaca", {"instruction": "Add.", "input": "1 1", "output": "2", "history": [["Hi", "Hello"]]})
    assert made["messages"] == (*TALK, {"role": "user", "content": "Add.\n\n1 1"},
                                {"role": "assistant", "content": "2"})
    assert interpret("alpaca", {"instruction": "Hi", "input": "", "output": "Hello"})["messages"] == TALK
    assert "`history[0]` is not a pair" in refused("alpaca", {"instruction": "a", "output": "b", "history": ["x"]})


def test_columns_take_text_numbers_and_objects() -> None:
    form = ColumnsSpec(prompt="q", response="a")
    assert interpret(form, {"q": "Hi", "a": "Hello"})["messages"] == TALK
    assert interpret(form, {"q": "Hi", "a": 3})["messages"][1]["content"] == "3"
    assert interpret(form, {"q": "Hi", "a": {"b": [1, "ü"]}})["messages"][1]["content"] == '{"b":[1,"ü"]}'
    assert interpret(form, {"q": "Hi", "a": '{ "b": [1, "\\u00fc"] }'})["messages"][1]["content"] == '{"b":[1,"ü"]}'
    assert refused(form, {"q": "Hi", "a": "  "}) == "`a` is empty"
    assert refused(form, {"q": "Hi", "a": b"x"}) == "`a` is a bytes, which is not text"
    assert "half a character" in refused(form, {"q": "Hi", "a": '{"b": "\\ud83d"}'})


def test_preference_takes_texts_or_messages() -> None:
    no = {"role": "assistant", "content": "No"}
    expected = {"prompt": (ASK,), "chosen": (SAY,), "rejected": (no,)}
    assert interpret("preference", {"prompt": "Hi", "chosen": "Hello", "rejected": "No"}) == expected
    assert interpret("preference", {"prompt": [ASK], "chosen": [SAY], "rejected": [no]}) == expected
    assert interpret("preference", {"prompt": "Hi", "chosen": [ASK, SAY], "rejected": [ASK, no]}) == expected
    assert interpret("preference", {"chosen": [ASK, SAY], "rejected": [ASK, no]}) == expected


def test_a_preference_that_prefers_nothing_is_refused() -> None:
    assert "`rejected` is the same as `chosen`" in refused(
        "preference", {"prompt": "Hi", "chosen": "x", "rejected": "x"})
    assert refused("preference", {"chosen": "x", "rejected": "y"}) == "`prompt` is missing"


def test_text_is_taken_as_it_is() -> None:
    assert interpret("text", {"text": " a\n"}) == {"text": " a\n"}
    assert interpret(TextSpec(text="body"), {"body": "a"}) == {"text": "a"}


def test_every_format_names_the_columns_it_needs() -> None:
    assert needed("alpaca") == ("instruction", "output")
    assert needed(ColumnsSpec(prompt="q", response="a")) == ("q", "a")
    assert needed(TextSpec(text="body")) == ("body",)


def test_a_system_prompt_is_put_only_where_there_is_none() -> None:
    system = {"role": "system", "content": "Be brief."}
    assert with_system({"messages": TALK}, "Be brief.") == {"messages": (system, *TALK)}
    assert with_system({"messages": (system, *TALK)}, "Be long.") == {"messages": (system, *TALK)}
    assert with_system({"text": "a"}, "Be brief.") == {"text": "a"}
    assert with_system({"prompt": (ASK,)}, "Be brief.") == {"prompt": (system, ASK)}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8)


@given(value=st.dictionaries(st.text(), json_values, max_size=4), indent=st.sampled_from([None, 2]))
def test_compacting_json_keeps_its_value_and_is_done_once(value: dict[str, Any], indent: int | None) -> None:
    once = compact(json.dumps(value, indent=indent))
    assert json.loads(once) == value
    assert compact(once) == once


@given(answer=st.text())
def test_an_answer_that_is_no_json_object_is_left_alone(answer: str) -> None:
    try:
        is_object = isinstance(json.loads(answer), dict)
    except ValueError:
        is_object = False
    assert is_object or compact(answer) == answer


@pytest.mark.parametrize("answer", [
    '{"a": 1, "a": 2}', '{"a": NaN}', '{"a": 1e999}', '{"a": ' + "[" * 999 + "]" * 999 + "}"])
def test_an_answer_that_would_be_another_when_written_again_is_left_alone(answer: str) -> None:
    assert compact(answer) == answer


@pytest.mark.parametrize(("messages", "said"), [
    ('[{"role": "user", "role": "system", "content": "x"}]', "`messages` holds JSON that cannot be used (key `role`"),
    ("[" * 10_000 + "]" * 10_000, "`messages` holds JSON that cannot be used (nested more than 100 deep)"),
    ('[{"role": "user", "content": NaN}]', "`messages` holds JSON that cannot be used (NaN is not JSON)"),
])
def test_json_within_a_column_is_held_to_the_same_rules(messages: str, said: str) -> None:
    assert said in refused("chat", {"messages": messages})


def test_what_is_told_of_a_record_is_short_however_long_the_record_is() -> None:
    assert len(refused("chat", {"messages": [{"role": "user", "content": "x", "k" * 10**6: 1}, SAY]})) < 500


words = st.sampled_from(["user", "assistant", "tool", "system", "x", "", "[]", "\ud83d", '{"name": "f"}'])
wild = st.one_of(words, st.sampled_from([None, 1, float("nan"), b"x", [], ["x"], {}, {"a": 1}]))
roles = st.sampled_from(["system", "user", "user", "assistant", "assistant", "tool"]) | wild
called = st.fixed_dictionaries({"name": words}, optional={"arguments": wild})
calls = st.lists(st.fixed_dictionaries({"function": called | wild}) | wild, max_size=2) | wild
parts = st.lists(st.fixed_dictionaries({"type": st.just("text")}, optional={"text": wild}) | wild, max_size=2)
turn = st.fixed_dictionaries({"role": roles, "content": wild | parts}, optional={"tool_calls": calls, "name": wild})
speakers = st.sampled_from(["human", "gpt", "function_call", "observation"]) | wild
spoken = st.fixed_dictionaries({"from": speakers}, optional={"value": wild})
talks = st.lists(turn, max_size=3) | st.lists(turn | wild, max_size=3) | wild
beside = {"system": wild, "tools": wild | st.lists(wild, max_size=2)}
ROWS: list[tuple[Any, Any]] = [
    ("chat", st.fixed_dictionaries({"messages": talks}, optional=beside)),
    ("sharegpt", st.fixed_dictionaries({"conversations": st.lists(spoken | wild, max_size=3)}, optional=beside)),
    ("alpaca", st.fixed_dictionaries({"instruction": wild, "output": wild}, optional={
        "input": wild, "system": wild, "history": st.lists(st.lists(wild, max_size=2) | wild, max_size=2) | wild})),
    ("preference", st.fixed_dictionaries({"chosen": talks, "rejected": talks}, optional={"prompt": talks})),
    (ColumnsSpec(prompt="q", response="a"), st.fixed_dictionaries({"q": wild}, optional={"a": wild})),
    ("text", st.fixed_dictionaries({}, optional={"text": wild})),
]


@pytest.mark.parametrize(("format", "rows"), ROWS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_a_row_holds_it_is_usable_or_refused(format: Any, rows: Any, data: st.DataObject) -> None:
    try:
        made = interpret(format, data.draw(rows))
    except Unusable as refusal:
        assert refusal.field
        assert refusal.reason
        return
    example = make_example(**{name: value for name, value in made.items() if value})
    assert json.dumps(content(example), ensure_ascii=False).encode()
    assert all(isinstance(turn["content"], str) for turn in (*example.messages, *example.chosen, *example.rejected))
