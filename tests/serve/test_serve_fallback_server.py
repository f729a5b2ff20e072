"""A fallback that is a server of others, live on this machine: what it is asked, what its answers are told by, and its
own troubles."""

import json

import httpx
import openai
import pytest
from gateways import add_release, made_up, running, until
from upstreams import events, failed, serving, whole

from tunewright import registry
from tunewright.core.home import Home
from tunewright.engine import Unavailable
from tunewright.engine.fake import FakeEngine
from tunewright.serve.breaker import FAILURES


class Down(FakeEngine):
    """Loads releases, and answers nothing."""

    async def stream(self, request):
        raise Unavailable("the engine cannot answer now: ask again.")
        yield


@pytest.fixture
def server():
    with serving() as found:
        yield found


@pytest.fixture
def gateway(tmp_path, server):
    with falling_back(Home(tmp_path), server, "their-model") as found:
        yield found


def falling_back(home, server, model):
    """A gateway whose only release never answers, before such a server."""
    add_release(home, made_up(home, 1), fallback={
        "engine": "openai", "upstream": {"url": server.url, "model": model}})
    registry.promote(home, "desk@1", "mira", "so")
    return running(home, Down())


def ask(gateway, text="my card is gone", **more):
    return httpx.post(f"{gateway.url}/v1/chat/completions", json={
        "model": "desk", "messages": [{"role": "user", "content": text}], **more})


def records(gateway):
    paths = sorted((gateway.home.path / "audit").glob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def test_it_is_asked_by_its_own_name_for_all_that_the_client_asked(gateway, server):
    server.answers = [whole("blocked")]
    tools = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
    answer = ask(gateway, temperature=0.5, seed=7, stop=["."], max_tokens=9, tools=tools)
    [asked] = server.asked
    assert (asked["model"], asked["messages"]) == ("their-model", [{"role": "user", "content": "my card is gone"}])
    assert (asked["temperature"], asked["seed"], asked["stop"], asked["max_tokens"]) == (0.5, 7, ["."], 9)
    assert asked["tools"] == tools
    told = answer.json()
    assert (told["choices"][0]["message"]["content"], told["usage"]["total_tokens"]) == ("blocked", 8)


def test_an_answer_is_told_as_no_releases_and_its_record_names_the_server(gateway, server):
    server.answers = [whole("blocked")]
    answer = ask(gateway)
    assert (answer.json()["model"], answer.json()["system_fingerprint"]) == ("fallback", "fallback-their-model")
    assert answer.headers["x-tunewright-release"] == "fallback"
    failure, record = records(gateway)
    assert (failure["release"], failure["status"], failure["request_id"]) == ("desk@1", 503, record["request_id"])
    assert (record["release"], record["model_digest"], record["engine"]) == ("fallback", None, "openai")
    assert record["fallback"] == {"for": "desk@1", "model": "their-model"}


def test_a_stream_comes_piece_by_piece(gateway, server):
    server.answers = [events({"content": "lost "}, {"content": "cards"})]
    told = list(gateway.ask(stream=True, stream_options={"include_usage": True}))
    assert "".join(event.choices[0].delta.content or "" for event in told[:-1]) == "lost cards"
    assert told[-1].usage.completion_tokens == 2
    assert {event.model for event in told} == {"fallback"}


def test_a_server_that_holds_the_very_model_answers_as_the_release(tmp_path, server):
    server.answers = [whole("blocked")]
    with falling_back(Home(tmp_path), server, "lora-{digest}") as gateway:
        answer = ask(gateway)
        assert server.asked[0]["model"] == f"lora-{registry.live(gateway.home, 'desk').model}"
        assert (answer.json()["model"], answer.headers["x-tunewright-release"]) == ("desk@1", "desk@1")


def test_what_it_refuses_is_the_clients_to_change(gateway, server):
    server.answers = [failed(400, "no such voice")]
    answer = ask(gateway)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "engine_refused")
    assert "no such voice" in answer.json()["error"]["message"]


def test_where_it_fails_too_the_client_is_told_and_after_a_while_it_is_left_alone(gateway, server):
    server.answers = [failed(500)]
    for number in range(FAILURES + 2):
        answer = ask(gateway, text=f"question {number}")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
    assert len(server.asked) == FAILURES


def test_where_nothing_listens_any_more_the_client_is_told(gateway, server):
    server.shutdown()
    server.server_close()
    answer = ask(gateway)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "engine_unavailable")


def test_a_stream_that_breaks_off_ends_in_an_error_and_no_other_answer_is_begun(gateway, server):
    server.answers = [events({"content": "lost "})[:1]]
    with pytest.raises(openai.APIError, match="stopped in the middle"):
        list(gateway.ask(stream=True))
    assert len(server.asked) == 1
    until(lambda: [record["status"] for record in records(gateway)] == [503, 500])
