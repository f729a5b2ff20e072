"""A gateway before another server: questions and answers go through whole, and its troubles are told as troubles."""

import json

import httpx
import openai
import pytest
from gateways import running
from upstreams import events, failed, serving, whole

from tunewright import registry
from tunewright.core.errors import Fault
from tunewright.engine.upstream import Names, Upstream
from tunewright.serve.audit import find

CHAT = "/v1/chat/completions"


@pytest.fixture
def server():
    with serving() as found:
        yield found


@pytest.fixture
def gateway(home, server):
    with running(home, Upstream(server.url, Names(model="lora-{digest}", base="big"), "the-key"),
                 serve={"engine": "openai", "upstream": {"url": server.url}}) as found:
        yield found


def test_a_question_asks_for_the_releases_model_with_the_servers_key(gateway, server):
    server.answers = [whole("lost cards are blocked")]
    answer = gateway.ask(text="my card", temperature=0.5, seed=7, stop=["."], max_tokens=9)
    [asked] = server.asked
    model = registry.live(gateway.home, "desk").model
    assert (asked["model"], asked["authorization"]) == (f"lora-{model}", "Bearer the-key")
    assert (asked["path"], asked["messages"]) == (CHAT, [{"role": "user", "content": "my card"}])
    assert (asked["temperature"], asked["seed"], asked["stop"], asked["max_tokens"]) == (0.5, 7, ["."], 9)
    assert (answer.choices[0].message.content, answer.model) == ("lost cards are blocked", "desk@1")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (5, 3)
    assert find(gateway.home, answer.id)["engine"] == "openai"


def test_the_base_is_asked_for_by_its_name_there(gateway, server):
    gateway.ask("base")
    assert server.asked[0]["model"] == "big"
    assert Names(model="m", base=None).of("ab") == "m"
    with pytest.raises(Fault, match="not answered here"):
        Names(model="m", base=None).of(None)


def test_a_stream_goes_through_piece_by_piece_with_its_usage(gateway, server):
    server.answers = [events({"role": "assistant", "content": ""}, {"content": "lost "}, {"content": "cards"})]
    told = list(gateway.ask(stream=True, stream_options={"include_usage": True}))
    assert [event.choices[0].delta.content for event in told[:-1] if event.choices[0].delta.content] == [
        "lost ", "cards"]
    assert told[-1].usage.prompt_tokens == 5
    assert {event.model for event in told} == {"desk@1"}
    assert server.asked[0]["stream_options"] == {"include_usage": True}
    assert find(gateway.home, told[0].id)["finish"] == "stop"


def test_calls_of_tools_go_through_whole_and_streamed(gateway, server):
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a": 1}'}}
    tools = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
    server.answers = [whole(None, tool_calls=[call], finish="tool_calls"), events(
        {"tool_calls": [{**call, "function": {"name": "look", "arguments": '{"a"'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ": 1}"}}]}, finish="tool_calls")]
    answer = gateway.ask(tools=tools, tool_choice="required")
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.choices[0].message.content is None
    assert answer.choices[0].message.tool_calls[0].function.arguments == '{"a": 1}'
    told = list(gateway.ask(tools=tools, stream=True))
    assert "".join(event.choices[0].delta.tool_calls[0].function.arguments for event in told
                   if event.choices[0].delta.tool_calls) == '{"a": 1}'
    assert server.asked[0]["tool_choice"] == "required"
    assert server.asked[0]["tools"] == tools


def test_what_the_server_offers_is_passed_on(gateway, server):
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object", "pattern": "a+"}}}
    gateway.ask(logprobs=True, top_logprobs=2, presence_penalty=0.5, logit_bias={"1": 2}, response_format=schema)
    asked = server.asked[0]
    assert (asked["logprobs"], asked["top_logprobs"], asked["presence_penalty"]) == (True, 2, 0.5)
    assert (asked["logit_bias"], asked["response_format"]) == ({"1": 2}, schema)


def test_logprobs_come_back(gateway, server):
    told = {"content": [{"token": "a", "logprob": -0.1, "bytes": None, "top_logprobs": []}]}
    status, headers, body = whole("a")
    answer = json.loads(body)
    answer["choices"][0]["logprobs"] = told
    server.answers = [(status, headers, json.dumps(answer).encode())]
    assert gateway.ask(logprobs=True).choices[0].logprobs.content[0].logprob == -0.1


def test_several_answers_are_several_questions(gateway, server):
    server.answers = [whole("one"), whole("two"), whole("three")]
    answer = gateway.ask(n=3, seed=5)
    assert {choice.message.content for choice in answer.choices} == {"one", "two", "three"}
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert sorted(asked["seed"] for asked in server.asked) == [5, 6, 7]
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (5, 9)


@pytest.mark.parametrize(("told", "status", "code"), [
    (failed(503, **{"retry-after": "7"}), 503, "engine_unavailable"),
    (failed(429), 503, "engine_unavailable"),
    (failed(400, "bad temperature"), 400, "engine_refused"),
    (failed(400, "context_length_exceeded"), 400, "context_length_exceeded"),
    (failed(401), 500, "engine_failed"),
    (failed(404), 500, "engine_failed"),
    ((200, {}, b"<html>"), 500, "engine_failed"),
    ((200, {}, b"[]"), 500, "engine_failed"),
    ((200, {}, b'{"choices": []}'), 500, "engine_failed"),
    ((200, {}, b'{"choices": [{"message": "a", "finish_reason": {}}]}'), 500, "engine_failed"),
])
@pytest.mark.parametrize("stream", [False, True])
def test_its_troubles_are_told_in_openais_shape_and_on_record(gateway, server, told, status, code, stream):
    server.answers = [told]
    answer = httpx.post(gateway.url + CHAT, json={"model": "desk", "stream": stream,
                                                  "messages": [{"role": "user", "content": "a"}]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers["x-tunewright-release"] == "desk@1"
    assert (answer.headers.get("retry-after") == "7") == (told[1].get("retry-after") == "7")
    assert "the-key" not in answer.text


def test_a_stream_that_breaks_off_says_so_in_its_last_event(gateway, server):
    server.answers = [events({"content": "lost "})[:1]]
    with pytest.raises(openai.APIError, match="in the middle"):
        list(gateway.ask(stream=True))
    server.answers = [[*events({"content": "lost "})[:1], {"error": {"message": "out of memory"}}]]
    with pytest.raises(openai.APIError, match="out of memory"):
        list(gateway.ask(stream=True))


def test_a_server_that_is_gone_is_503(home, server):
    with running(home, Upstream(server.url, Names(model="{digest}", base="big"))) as gateway:
        server.shutdown()
        server.server_close()
        with pytest.raises(openai.InternalServerError) as caught:
            gateway.ask("base")
    assert (caught.value.status_code, caught.value.code) == (503, "engine_unavailable")
