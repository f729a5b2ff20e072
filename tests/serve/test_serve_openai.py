"""The gateway seen by the openai client."""

import openai
import pytest
from gateways import BASE, add_release, made_up, running, until

from tunewright import registry
from tunewright.engine import FakeEngine


def text_of(events):
    return "".join(event.choices[0].delta.content or "" for event in events if event.choices)


def test_an_answer_names_its_release_and_model(gateway):
    raw = gateway.client.chat.completions.with_raw_response.create(
        model="desk", messages=[{"role": "user", "content": "one two three"}])
    answer = raw.parse()
    model = registry.live(gateway.home, "desk").model
    assert answer.choices[0].message.content.count(model[:12]) == 8
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (3, 8, 11)
    assert (answer.model, answer.system_fingerprint) == ("desk@1", f"desk@1-{model[:6]}")
    assert raw.headers["x-tunewright-release"] == "desk@1"
    assert raw.headers["x-tunewright-model"] == model
    assert answer.id == f"chatcmpl-{raw.headers['x-request-id']}"


def test_a_stream_is_the_same_answer_in_pieces_and_ends_with_its_usage(gateway):
    events = list(gateway.ask(text="one two", stream=True, stream_options={"include_usage": True}))
    assert text_of(events) == gateway.ask(text="one two").choices[0].message.content
    assert len({event.id for event in events}) == 1
    assert {event.system_fingerprint for event in events} == {gateway.ask().system_fingerprint}
    assert events[0].choices[0].delta.role == "assistant"
    assert events[-2].choices[0].finish_reason == "stop"
    assert (events[-1].choices, events[-1].usage.total_tokens) == ([], 10)


def test_raw_text_is_completed(gateway):
    whole = gateway.client.completions.create(model="desk", prompt="one two", max_tokens=3)
    parts = list(gateway.client.completions.create(model="desk", prompt="one two", max_tokens=3, stream=True))
    assert whole.object == "text_completion"
    assert whole.id.startswith("cmpl-")
    assert (whole.choices[0].finish_reason, whole.usage.completion_tokens) == ("length", 3)
    assert "".join(part.choices[0].text for part in parts) == whole.choices[0].text


def test_a_release_can_be_asked_for_by_name_number_live_or_the_base(gateway):
    assert [gateway.ask(model).model for model in ("desk", "desk@live", "desk@1", "desk@2", "base")] == [
        "desk@1", "desk@1", "desk@1", "desk@2", "base"]
    assert "base:0" in gateway.ask("base").choices[0].message.content


def test_models_lists_names_loaded_releases_and_the_base(gateway):
    gateway.ask("desk@3")
    assert [model.id for model in gateway.client.models.list()] == ["desk", "desk@1", "desk@3", "base"]
    assert gateway.client.models.retrieve("desk").release == "desk@1"
    with pytest.raises(openai.NotFoundError):
        gateway.client.models.retrieve("dusk")


def test_an_unknown_model_is_404_and_names_the_nearest(gateway):
    for model in ("dsk", "desk@9", "desk@two", "", "desk@", "@1"):
        with pytest.raises((openai.NotFoundError, openai.BadRequestError)) as caught:
            gateway.ask(model)
        assert caught.value.body["type"] == "invalid_request_error"
    with pytest.raises(openai.NotFoundError, match="did you mean desk"):
        gateway.ask("dsk")


def refusal(gateway, model):
    with pytest.raises(openai.NotFoundError) as caught:
        gateway.ask(model)
    return caught.value.message


def test_a_release_that_the_gate_refused_is_not_served(gateway):
    for outcome in ("fail", "undecided"):
        release = add_release(gateway.home, made_up(gateway.home, 9), outcome=outcome)
        until(lambda release=release, outcome=outcome: outcome in refusal(gateway, release.reference))


def test_a_conversation_of_parts_tools_and_developer_words_is_read(gateway):
    answer = gateway.client.chat.completions.create(model="desk", messages=[
        {"role": "developer", "content": "be short"},
        {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": " two"}]},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "found"}])
    assert answer.usage.prompt_tokens == 5


def test_the_base_digest_is_told_when_no_model_stands_on_it(home):
    with running(home, FakeEngine(), base=BASE) as gateway:
        assert gateway.ask("base").system_fingerprint == f"base-{BASE[:6]}"


def test_a_retired_release_is_listed_with_the_day_it_was_replaced(home):
    registry.promote(home, "desk@2", "mira", "better")
    registry.promote(home, "desk@3", "mira", "better still")
    [day] = {entry.at[:10] for entry in home.ledger.entries(action="promote")}
    with running(home, FakeEngine()) as gateway:
        told = {model.id: model for model in gateway.client.models.list()}
        assert told["desk@1"].shutdown_date == told["desk@2"].shutdown_date == day
        assert (told["desk@1"].status, told["desk@3"].status) == ("retired", "live")
        assert told["desk"].shutdown_date is None
