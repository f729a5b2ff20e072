"""Answers that are held to a form: whatever the model would rather say, what it says holds."""

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tunewright.base import find
from tunewright.engine import Request, Unsupported
from tunewright.engine.calls import read
from tunewright.engine.hf import HfEngine
from tunewright.recipe import BaseSpec

pytest.importorskip("llguidance")

ISSUE = {"type": "object", "properties": {"issue": {"enum": ["card", "bike"]}, "urgent": {"type": "boolean"}},
         "required": ["issue", "urgent"], "additionalProperties": False}
TOOLS = ({"type": "function", "function": {"name": "file", "parameters": ISSUE}},
         {"type": "function", "function": {"name": "give_up"}})
CHOSEN = {"type": "function", "function": {"name": "file"}}
LEAVES = st.one_of(
    st.builds(lambda low, more: {"type": "integer", "minimum": low, "maximum": low + more},
              st.integers(-99, 99), st.integers(0, 99)),
    st.builds(lambda most: {"type": "string", "maxLength": most}, st.integers(0, 6)),
    st.builds(lambda values: {"enum": values},
              st.lists(st.text(max_size=4) | st.integers(0, 99), min_size=1, max_size=3)),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["boolean", "null"]}]))


def objects(inner):
    return st.dictionaries(st.text("abc é\"", min_size=1, max_size=3), inner, max_size=3).map(
        lambda parts: {"type": "object", "properties": parts, "required": list(parts)[::2],
                       "additionalProperties": False})


SCHEMAS = objects(st.recursive(LEAVES, lambda inner: objects(inner) | st.builds(
    lambda items: {"type": "array", "items": items, "minItems": 1, "maxItems": 2}, inner), max_leaves=4))


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = HfEngine(find(BaseSpec(name="tiny"), tmp_path_factory.mktemp("base")), 8, "cpu")
    yield engine
    engine.close()


def form(schema):
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}}


def ask(more=None, text="A card was lost.", **changed):
    return Request(messages=({"role": "user", "content": text},), **{"new_tokens": 60, **changed}, more=more or {})


@given(SCHEMAS, st.integers(0, 2**31))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_answer_holds_to_its_schema_unless_it_is_cut_short(engine, schema, seed):
    requests = [ask(form(schema)), ask(form(schema), temperature=1.0, seed=seed), ask(form(schema), new_tokens=5),
                ask({"response_format": {"type": "json_object"}}, temperature=0.8, seed=seed)]
    for request, answer in zip(requests, engine.generate(requests), strict=True):
        if answer.finish != "length":
            said = json.loads(answer.text)
            assert isinstance(said, dict)
            if request.more["response_format"]["type"] == "json_schema":
                Draft202012Validator(schema).validate(said)


def test_a_batch_of_many_forms_gives_every_row_what_it_gets_alone(engine):
    requests = [ask(), ask(form(ISSUE)), ask(text="say hello"), ask({"tool_choice": "required"}, tools=TOOLS),
                ask({"presence_penalty": 1.5, "frequency_penalty": 0.5}, text="go on"),
                ask({"logit_bias": {"300": 5.0, "20": -100}}, text="go on"),
                ask(form(ISSUE), temperature=1.0, seed=4), ask({"response_format": {"type": "json_object"}})]
    for request, answer in zip(requests, engine.generate(requests), strict=True):
        [alone] = engine.generate([request])
        assert (answer.text, answer.tokens_out, answer.finish) == (alone.text, alone.tokens_out, alone.finish)


def test_an_answer_that_holds_by_itself_stays_as_it_is(engine):
    text = 'Read this: "My card was lost". Answer as JSON with keys issue and urgent.'
    [free] = engine.generate([ask(text=text)])
    schema = {"type": "object", "properties": {"issue": {"type": "string"}, "urgent": {"type": ["boolean", "null"]}}}
    Draft202012Validator(schema).validate(json.loads(free.text))
    for more in (form(schema), {"response_format": {"type": "json_object"}}):
        [held] = engine.generate([ask(more, text)])
        assert (held.text, held.finish) == (free.text, "stop")


def test_an_answer_ends_where_its_form_is_complete(engine):
    [answer] = engine.generate([ask(form({"type": "object", "additionalProperties": False}))])
    assert (answer.text, answer.finish) == ("{}", "stop")


def test_a_formed_answer_is_streamed_as_it_grows(engine):
    async def pieces(request):
        return [piece async for piece in engine.stream(request)]

    request = ask(form(ISSUE))
    found = asyncio.run(pieces(request))
    [answer] = engine.generate([request])
    assert len(found) > 3
    assert "".join(piece.text for piece in found) == answer.text
    Draft202012Validator(ISSUE).validate(json.loads(answer.text))


@pytest.mark.parametrize(("schema", "why"), [
    ({"type": "object", "not": {"required": ["a"]}}, "not"), ({"$ref": "http://127.0.0.1:1/a.json"}, "127.0.0.1"),
    ({"type": "object", "properties": {"a": False}, "required": ["a"]}, "unsatisfiable"),
    ({"$ref": "#"}, "no answer holds"), ({"type": "integer", "minimum": 1, "multipleOf": 99991}, "fuel"),
    ({"anyOf": [{"type": "object", "properties": {f"key_{at}": {}}} for at in range(600)]}, "max is 2000"),
    ({"type": "array", "uniqueItems": True, "x-guidance": {"lenient": True}}, "uniqueItems")])
def test_a_schema_of_which_no_grammar_can_be_made_is_refused_with_the_reason(engine, schema, why):
    with pytest.raises(Unsupported, match=why) as caught:
        engine.generate([ask(form(schema))])
    assert caught.value.field == "response_format"


@pytest.mark.parametrize("choice", ["required", CHOSEN])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_forced_call_is_one_of_the_tools_with_arguments_that_hold(engine, choice, temperature):
    requests = [ask({"tool_choice": choice, "parallel_tool_calls": False}, tools=TOOLS, temperature=temperature,
                    seed=seed) for seed in range(4)]
    for answer in engine.generate(requests):
        [call] = read(answer.text, {"file", "give_up"})
        assert call.start == 0
        if call.name == "file" or choice is CHOSEN:
            Draft202012Validator(ISSUE).validate(call.arguments)
        else:
            assert call.arguments == {}


def test_several_calls_may_be_forced_at_once(engine):
    [answer] = engine.generate([ask({"tool_choice": "required"}, tools=TOOLS, new_tokens=120, temperature=1.5, seed=1)])
    assert [call.name for call in read(answer.text, {"file", "give_up"})]


@pytest.mark.parametrize("choice", [{"type": "function", "function": {"name": "burn"}}, {"type": "allowed_tools"}])
def test_a_choice_that_is_none_is_refused(engine, choice):
    with pytest.raises(Unsupported) as caught:
        engine.generate([ask({"tool_choice": choice}, tools=TOOLS)])
    assert caught.value.field == "tool_choice"


def test_with_tools_and_a_form_an_answer_is_either(engine):
    [answer] = engine.generate([ask(form(ISSUE), tools=TOOLS)])
    calls = read(answer.text, {"file", "give_up"})
    assert calls or json.loads(answer.text)["issue"]
