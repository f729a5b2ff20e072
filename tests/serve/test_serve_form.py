"""Answers of a wanted form, several answers, and calls of tools, from an engine that gives text alone."""

import json

import pytest
from gateways import running

from tunewright.engine import FakeEngine
from tunewright.serve.form import breaks, check
from tunewright.serve.problems import Problem

SCHEMA = {"type": "object", "properties": {"issue": {"enum": ["card", "bike"]}}, "required": ["issue"]}
FORM = {"type": "json_schema", "json_schema": {"name": "ticket", "schema": SCHEMA}}
LOOK = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


@pytest.fixture
def saying(home):
    """Makes a gateway whose engine says these, the one that the seed counts to."""
    def made(*answers):
        return running(home, FakeEngine(answers=answers))
    return made


def refusal(gateway, **more):
    import openai

    with pytest.raises(openai.APIStatusError) as caught:
        gateway.ask(**more)
    return caught.value.status_code, caught.value.code, caught.value.param


def test_an_answer_that_holds_to_the_schema_is_given(saying):
    with saying('{"issue": "card"}') as gateway:
        answer = gateway.ask(response_format=FORM)
        assert json.loads(answer.choices[0].message.content) == {"issue": "card"}
        events = list(gateway.ask(response_format=FORM, stream=True))
        assert "".join(event.choices[0].delta.content or "" for event in events) == '{"issue": "card"}'


def test_one_that_does_not_is_asked_for_again_and_all_its_tokens_are_counted(saying):
    with saying("the card", '{"issue": "cat"}', '{"issue": "bike"}') as gateway:
        answer = gateway.ask(response_format=FORM)
        assert json.loads(answer.choices[0].message.content) == {"issue": "bike"}
        assert answer.usage.completion_tokens == 2 + 2 + 2


def test_if_none_holds_the_request_is_refused_and_on_record(saying):
    with saying("the card") as gateway:
        assert refusal(gateway, response_format=FORM) == (422, "schema_not_met", "response_format")
        assert refusal(gateway, response_format={"type": "json_object"})[:2] == (422, "schema_not_met")
    with saying("{}") as gateway:
        assert gateway.ask(response_format={"type": "json_object"}).choices[0].message.content == "{}"


@pytest.mark.parametrize("form", [
    {"type": "json_schema"}, {"type": "json_schema", "json_schema": {"name": "a"}}, {"type": "yaml"},
    {"type": "json_schema", "json_schema": {"schema": {"type": "robot"}}},
    {"type": "json_schema", "json_schema": {"schema": {"enum": ["x" * 70_000]}}}])
def test_a_form_that_is_none_is_400(saying, form):
    with saying("{}") as gateway:
        assert refusal(gateway, response_format=form)[0] == 400


def test_a_schema_can_neither_run_for_ever_nor_reach_out(saying):
    endless = {"$defs": {str(number): {"anyOf": [{"$ref": f"#/$defs/{number + 1}"}] * 2} for number in range(40)} | {
        "40": {"type": "array"}}, "$ref": "#/$defs/0"}
    for schema in (endless, {"$ref": "#"}, {"$ref": "http://127.0.0.1:1/a.json"}, {"$ref": "file:///etc/passwd"}):
        check(schema)
        with pytest.raises(Problem) as caught:
            breaks(schema, "{}")
        assert caught.value.status == 400
    with saying("{}") as gateway:
        form = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"items": [{"pattern": "(a+)+$"}]}}}
        form["json_schema"]["schema"] = {"properties": {"a": {"pattern": "(a+)+$"}}}
        assert refusal(gateway, response_format=form)[:2] == (422, "unsupported_parameter")


def test_several_answers_have_their_own_draws_and_one_record(saying, home):
    with saying("one", "two words", "three of them") as gateway:
        answer = gateway.ask(n=3, seed=0)
        assert [choice.message.content for choice in answer.choices] == ["one", "two words", "three of them"]
        assert answer.usage.completion_tokens == 1 + 2 + 3
        events = list(gateway.ask(n=3, seed=0, stream=True, stream_options={"include_usage": True}))
        texts = ["", "", ""]
        for event in events[:-1]:
            texts[event.choices[0].index] += event.choices[0].delta.content or ""
        assert texts == ["one", "two words", "three of them"]
        assert sum(event.choices[0].finish_reason is not None for event in events[:-1]) == 3
        assert events[-1].usage.completion_tokens == 6
    lines = [line for path in (home.path / "audit").glob("*.jsonl") for line in path.read_text().splitlines()]
    digests = {json.loads(line)["answer_digest"] for line in lines}
    assert (len(lines), len(digests)) == (2, 1)


@pytest.mark.parametrize("text", [
    '<tool_call>\n{"name": "look", "arguments": {"a": [1, {"b": 2}]}}\n</tool_call>',
    '<tool_call>{"name": "look", "arguments": {"a": [1, {"b": 2}]}}',
    '{"name": "look", "parameters": {"a": [1, {"b": 2}]}}'])
def test_a_call_of_a_tool_is_told_apart(saying, text):
    with saying(text) as gateway:
        choice = gateway.ask(tools=[LOOK]).choices[0]
        assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
        assert json.loads(choice.message.tool_calls[0].function.arguments) == {"a": [1, {"b": 2}]}
        deltas = [event.choices[0].delta for event in gateway.ask(tools=[LOOK], stream=True)]
        assert "".join(delta.content or "" for delta in deltas) == ""
        assert [call.function.name for delta in deltas for call in delta.tool_calls or ()] == ["look"]


def test_text_before_a_call_is_kept_and_a_call_of_no_tool_is_text(saying):
    call = '<tool_call>{"name": "look", "arguments": {}}</tool_call>'
    with saying(f"I will look. {call}", '{"name": "burn", "parameters": {}}', "a < b <tool") as gateway:
        for stream in (False, True):
            said = []
            for seed in range(3):
                answer = gateway.ask(tools=[LOOK], seed=seed, stream=stream)
                said.append("".join(event.choices[0].delta.content or "" for event in answer) if stream
                            else answer.choices[0].message.content)
            assert said == ["I will look.", '{"name": "burn", "parameters": {}}', "a < b <tool"]
        assert gateway.ask(seed=0).choices[0].message.content.endswith(call), "without tools, nothing is a call"


def test_without_parallel_calls_the_first_is_the_only_one(saying):
    with saying('{"name": "look", "arguments": {"a": 1}}\n{"name": "look"}') as gateway:
        for stream in (False, True):
            for parallel, count in ((True, 2), (False, 1)):
                answer = gateway.ask(tools=[LOOK], stream=stream, parallel_tool_calls=parallel)
                calls = [call for event in answer for call in event.choices[0].delta.tool_calls or ()] if stream else (
                    answer.choices[0].message.tool_calls)
                assert len(calls) == count


def strict(**parameters):
    return {"type": "function", "function": {"name": "look", "strict": True, "parameters": {
        "type": "object", "properties": {"issue": {"enum": ["card", "bike"]}}, **parameters}}}


def test_a_call_of_a_strict_function_that_does_not_hold_to_its_parameters_is_never_given(saying):
    good, bad = (json.dumps({"name": "look", "arguments": {"issue": issue}}) for issue in ("bike", "boat"))
    with saying(good, bad) as gateway:
        call = gateway.ask(tools=[strict()], seed=0).choices[0].message.tool_calls[0]
        assert json.loads(call.function.arguments) == {"issue": "bike"}
        assert refusal(gateway, tools=[strict()], seed=1) == (422, "schema_not_met", "tools")
        assert list(gateway.ask(tools=[strict()], seed=0, stream=True))[-1].choices[0].finish_reason == "tool_calls"
        assert refusal(gateway, tools=[strict()], seed=1, stream=True) == (422, "schema_not_met", "tools")
        loose = {"type": "function", "function": {**strict()["function"], "strict": False}}
        assert gateway.ask(tools=[loose], seed=1).choices[0].finish_reason == "tool_calls"


def test_a_strict_function_without_parameters_takes_none(saying):
    none = {"type": "function", "function": {"name": "look", "strict": True}}
    with saying('{"name": "look", "arguments": {}}', '{"name": "look", "arguments": {"a": 1}}') as gateway:
        assert gateway.ask(tools=[none], seed=0).choices[0].message.tool_calls[0].function.arguments == "{}"
        assert refusal(gateway, tools=[none], seed=1) == (422, "schema_not_met", "tools")


@pytest.mark.parametrize(("parameters", "told"), [
    ({"type": "objekt"}, (400, "invalid_json_schema", "tools.0")),
    ({"properties": {"a": {"pattern": "(a+)+"}}}, (422, "unsupported_parameter", "tools")),
    ({"$ref": "http://nowhere.example/"}, (400, None, "tools"))])
def test_a_strict_function_whose_parameters_cannot_be_checked_is_refused(saying, parameters, told):
    with saying('{"name": "look", "arguments": {"a": 1}}') as gateway:
        assert refusal(gateway, tools=[strict(**parameters)]) == told
