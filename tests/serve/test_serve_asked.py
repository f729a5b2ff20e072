"""Bad requests get OpenAI's error shape and the right status, and never a 500."""

import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tunewright.core.home import Home
from tunewright.engine import FakeEngine
from tunewright.recipe.serve import LimitsSpec
from tunewright.serve.app import app, gateway
from tunewright.serve.asked import ChatAsked, parse
from tunewright.serve.problems import Problem

GOOD = {"model": "desk", "messages": [{"role": "user", "content": "hello"}]}
CHAT = "/v1/chat/completions"


LARGEST = LimitsSpec().size


@pytest.fixture
def client(home):
    with TestClient(app(gateway(home, (), FakeEngine()))) as client:
        yield client


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A gateway without releases: every sound request ends at 404."""
    with TestClient(app(gateway(Home(tmp_path_factory.mktemp("home")), (), FakeEngine()))) as client:
        yield client


def refused(response, status, param=None):
    error = response.json()["error"]
    assert response.status_code == status
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert len(error["message"]) > 10
    return error


@pytest.mark.parametrize(("change", "param"), [
    ({"messages": []}, "messages"),
    ({"messages": "hello"}, "messages"),
    ({"messages": [{"role": "robot", "content": "a"}]}, "messages.0.role"),
    ({"messages": [{"role": "user"}]}, "messages.0"),
    ({"messages": [{"role": "user", "content": None}]}, "messages.0"),
    ({"model": None}, "model"),
    ({"model": ""}, "model"),
    ({"model": 3}, "model"),
    ({"temperature": "warm"}, "temperature"),
    ({"temperature": 3}, "temperature"),
    ({"temperature": True}, "temperature"),
    ({"top_p": -0.1}, "top_p"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"max_tokens": 1.5}, "max_tokens"),
    ({"max_completion_tokens": -1}, "max_completion_tokens"),
    ({"seed": 1 << 80}, "seed"),
    ({"stream": "yes"}, "stream"),
    ({"user": "x" * 600}, "user"),
    ({"tools": {"a": 1}}, "tools"),
    ({"tool_choice": {}}, "tool_choice"),
    ({"tool_choice": "sometimes"}, "tool_choice"),
    ({"messages": [{"role": "assistant", "tool_calls": [{}]}]}, "messages.0.tool_calls.0.id"),
    ({"messages": [{"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f"}}]}]},
     "messages.0.tool_calls.0.function.arguments"),
    ({"n": 0}, "n"),
    ({"n": 17}, "n"),
])
def test_a_wrong_value_is_400_and_names_its_field(client, change, param):
    refused(client.post(CHAT, json={**GOOD, **change}), 400, param)


@pytest.mark.parametrize("stop", ["", [], [""], ["a"] * 5, 4, [4]])
def test_a_wrong_stop_is_400(client, stop):
    answer = client.post(CHAT, json={**GOOD, "stop": stop})
    assert answer.status_code == (200 if stop == [] else 400)
    assert stop == [] or refused(answer, 400, "stop.0" if stop in ([""], [4]) else "stop")


@pytest.mark.parametrize("body", [
    b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"model": "desk"}', b'"' + b"[" * 100_000,
    b'{"model": "desk", "messages": [{"role": "user", "content": "\\ud800"}]}',
    b'{"model": "desk", "messages": [{"role": "user", "content": "a"}], "tools": [{"a": NaN}]}',
    b'{"model": "desk", "messages": [{"role": "user", "content": "a"}], "temperature": NaN}',
    b'{"model": "desk", "messages": ' + b"[" * 100_000,
])
def test_what_is_not_a_request_at_all_is_400(client, body):
    answer = client.post(CHAT, content=body)
    refused(answer, 400, answer.json()["error"]["param"])


@pytest.mark.parametrize(("change", "param"), [
    ({"logprobs": True}, "logprobs"), ({"logit_bias": {"1": 2}}, "logit_bias"),
    ({"presence_penalty": 0.5}, "presence_penalty"), ({"tool_choice": "required"}, "tool_choice"),
    ({"functions": [{"name": "find"}]}, "functions"), ({"function_call": {"name": "find"}}, "function_call"),
    ({"modalities": ["text", "audio"]}, "modalities"), ({"web_search_options": {}}, "web_search_options"),
])
def test_what_no_engine_offers_is_422_rather_than_another_answer(client, change, param):
    assert refused(client.post(CHAT, json={**GOOD, **change}), 422, param)["code"] == "unsupported_parameter"


def test_who_says_an_older_word_is_told_the_newer_one(client):
    answer = client.post(CHAT, json={**GOOD, "functions": [{"name": "find"}]})
    assert refused(answer, 422, "functions")["message"].endswith("say `tools`.")


def test_fields_that_change_nothing_are_taken(client):
    taken = {"n": 1, "logprobs": False, "logit_bias": {}, "presence_penalty": 0, "store": True, "metadata": {"a": "b"},
             "response_format": {"type": "text"}, "tool_choice": "auto", "stream": None, "stop": None,
             "service_tier": "auto", "reasoning_effort": "low", "parallel_tool_calls": True, "verbosity": "low",
             "modalities": ["text"], "functions": [], "function_call": "none", "prediction": {"type": "content"}}
    assert client.post(CHAT, json={**GOOD, **taken}).status_code == 200


def test_of_no_probability_at_all_the_likeliest_token_is_drawn():
    for top_p, drawn in ((0, (0.0, 1.0)), (0.5, (0.9, 0.5)), (None, (0.9, 1.0))):
        asked = ChatAsked.model_validate_json(json.dumps({**GOOD, "temperature": 0.9, "top_p": top_p}))
        request = asked.request(None, 9)
        assert (request.temperature, request.top_p) == drawn


def test_a_refusal_that_came_back_stands_for_what_was_said(client):
    asked = [*GOOD["messages"], {"role": "assistant", "content": None, "refusal": "I will not."}]
    assert client.post(CHAT, json={**GOOD, "messages": asked}).status_code == 200
    assert ChatAsked.model_validate_json(json.dumps({**GOOD, "messages": asked})).messages[-1].plain() == {
        "role": "assistant", "content": "I will not."}
    refused(client.post(CHAT, json={**GOOD, "messages": [{"role": "user", "refusal": "no"}]}), 400, "messages.0")


def test_an_image_is_refused(client):
    part = {"type": "image_url", "image_url": {"url": "data:"}}
    answer = client.post(CHAT, json={**GOOD, "messages": [{"role": "user", "content": [part]}]})
    assert "should be 'text'" in refused(answer, 400, "messages.0.content.0.type")["message"]


def test_a_refusal_speaks_of_the_body_and_not_of_how_it_is_checked(client):
    for change in ({"stop": ["a"] * 5}, {"stop": 4}, {"messages": []}, {"messages": [{"role": "user", "content": 3}]},
                   {"messages": [{"role": "user"}]}):
        message = client.post(CHAT, json={**GOOD, **change}).json()["error"]["message"]
        assert not any(word in message for word in ("Tuple", "tuple", "constrained", ".str", "Value error", ".."))
    assert not client.post(CHAT, json={**GOOD, "model": "qqqq"}).json()["error"]["message"].endswith("..")


def test_a_text_completion_needs_one_prompt(client):
    for prompt in ("", ["a", "b"], [1, 2], None):
        answer = client.post("/v1/completions", json={"model": "desk", "prompt": prompt})
        refused(answer, 400, "prompt")
    refused(client.post("/v1/completions", json={"model": "desk", "prompt": "a", "echo": True}), 422, "echo")


def test_a_prompt_in_a_list_of_its_own_is_that_prompt(client):
    answers = [client.post("/v1/completions", json={"model": "desk", "prompt": prompt}).json()
               for prompt in ("one two", ["one two"])]
    assert [answer["usage"]["prompt_tokens"] for answer in answers] == [2, 2]
    assert len({answer["choices"][0]["text"] for answer in answers}) == 1


def test_a_body_that_is_too_large_is_413_whether_its_length_is_told_or_not(gateway):
    body = b'{"model": "' + b"x" * LARGEST + b'"}'
    for content in (body, iter([body[:LARGEST], body[LARGEST:]])):
        refused(httpx.post(gateway.url + CHAT, content=content), 413)
    assert gateway.ask().model == "desk@1"


def test_unknown_paths_and_methods_have_the_same_shape(client):
    assert refused(client.get("/v1/embeddings"), 404)["message"].startswith("Not Found")
    refused(client.get(CHAT), 405)


def test_a_refused_request_is_counted(client):
    client.post(CHAT, json={**GOOD, "model": "dusk"})
    client.post(CHAT, content=b"{")
    page = client.get("/metrics").text
    assert 'tunewright_requests_total{release="",status="404"} 1.0' in page
    assert 'tunewright_requests_total{release="",status="400"} 1.0' in page


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8)
fields = sorted({*ChatAsked.model_fields})


@given(st.dictionaries(st.sampled_from(fields), json_values, max_size=4), st.booleans())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_whatever_is_a_500(empty, change, good):
    body = {**(GOOD if good else {}), **change}
    assert empty.post(CHAT, content=json.dumps(body)).status_code in (400, 404, 422)


@given(st.binary(max_size=60))
@settings(max_examples=60)
def test_no_bytes_whatever_get_past_the_check(content):
    with pytest.raises(Problem):
        parse(ChatAsked, content)


def test_the_health_page_says_what_is_live(gateway):
    assert httpx.get(f"{gateway.url}/healthz").json() == {
        "status": "ok", "live": {"desk": "desk@1"}, "missing": [], "faults": {}}
