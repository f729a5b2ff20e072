"""API keys: shown once, kept as a hash, bound to names and time, and followed by a running gateway."""

import json

import httpx
import openai
import pytest
from gateways import add_release, made_up, running, until
from hypothesis import given
from hypothesis import strategies as st

from tunewright import registry
from tunewright.core.errors import Fault
from tunewright.engine import FakeEngine
from tunewright.serve import keys
from tunewright.serve.problems import Problem


@pytest.fixture
def two_names(home):
    """A home with `desk` and `shop` live."""
    add_release(home, made_up(home, 4), name="shop")
    registry.promote(home, "shop@1", "mira", "first")
    return home


def test_a_key_is_shown_once_and_kept_as_a_hash(home):
    key, text = keys.create(home, "mira", "the website")
    ledger = json.dumps([entry.data for entry in home.ledger.entries()])
    assert text.startswith(f"tw-{key.id}-")
    assert len(text.rpartition("-")[2]) > 0
    assert text.split("-", 2)[2] not in ledger
    assert text.split("-", 2)[2] not in repr(key)


def test_making_and_revoking_are_entries_that_say_who_and_why(home):
    key, _ = keys.create(home, "mira", "the website")
    keys.revoke(home, key.id, "otto", "it leaked")
    told = [(entry.action, entry.subject, entry.by, entry.why) for entry in home.ledger.entries()][-2:]
    assert told == [("key", key.id, "mira", "the website"), ("revoke-key", key.id, "otto", "it leaked")]
    assert [one.status for one in keys.listed(home)] == ["revoked"]


def test_revoking_nothing_is_one_sentence(home):
    key, _ = keys.create(home, "mira", "a")
    with pytest.raises(Fault, match="there is no key zz"):
        keys.revoke(home, "zz", "mira", "b")
    keys.revoke(home, key.id, "mira", "b")
    with pytest.raises(Fault, match="was revoked on"):
        keys.revoke(home, key.id, "mira", "c")
    with pytest.raises(Fault, match="did you mean desk"):
        keys.create(home, "mira", "a", names=["dusk"])


@given(st.text(max_size=80))
def test_no_other_text_passes(text):
    entry = {"digest": keys.digest("a1", "right"), "names": [], "requests": None, "tokens": None, "budget": None,
             "expires": None}
    known = keys.Keys()
    known.known["a1"] = keys.Key(id="a1", **{**entry, "names": ()})
    assert known.check("Bearer tw-a1-right").id == "a1"
    for told in (text, f"Bearer {text}", f"Bearer tw-a1-{text}", f"Bearer tw-{text}-right", f"{text} tw-a1-right"):
        if (told.strip() != "Bearer tw-a1-right" and told.partition(" ")[0].lower() != "bearer") or "right" not in told:
            with pytest.raises(Problem) as caught:
                known.check(told)
            assert caught.value.status == 401


def test_a_running_gateway_asks_for_keys_as_soon_as_there_is_one_and_no_longer_takes_a_revoked_one(gateway):
    assert gateway.ask().model == "desk@1"
    key, text = keys.create(gateway.home, "mira", "the website")

    def status(client):
        try:
            client.chat.completions.create(model="desk", messages=[{"role": "user", "content": "a"}])
        except openai.AuthenticationError as error:
            assert error.code == "invalid_api_key"
            return 401
        return 200

    assert until(lambda: status(gateway.client) == 401) < 1
    with gateway.asking(text) as client:
        assert status(client) == 200
        keys.revoke(gateway.home, key.id, "mira", "it leaked")
        assert until(lambda: status(client) == 401) < 1


def test_an_expired_key_is_refused(gateway):
    key, text = keys.create(gateway.home, "mira", "a day", days=1)
    until(lambda: key.id in gateway.made.keys.known)
    gateway.made.keys.known[key.id] = keys.replace(key, expires="2020-01-01T00:00:00+00:00")
    answer = httpx.get(f"{gateway.url}/v1/models", headers={"authorization": f"Bearer {text}"})
    assert answer.status_code == 401
    assert "is expired" in answer.json()["error"]["message"]
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_sees_its_own_names_only(two_names):
    with running(two_names, FakeEngine()) as gateway:
        key, text = keys.create(two_names, "mira", "the shop", names=["shop"])
        until(lambda: key.id in gateway.made.keys.known)
        with gateway.asking(text) as client:
            assert [model.id for model in client.models.list()] == ["shop", "shop@1"]
            for hidden in ("desk", "desk@1", "desk@live", "desk@9", "base"):
                for ask in (client.models.retrieve,
                            lambda model: client.completions.create(model=model, prompt="a")):
                    with pytest.raises(openai.NotFoundError) as caught:
                        ask(hidden)
                    assert caught.value.message.count("desk") == hidden.count("desk")
            assert client.completions.create(model="shop", prompt="a").model == "shop@1"


def test_what_is_hidden_and_what_is_not_there_look_alike(two_names):
    with running(two_names, FakeEngine()) as gateway:
        key, text = keys.create(two_names, "mira", "the shop", names=["shop"])
        until(lambda: key.id in gateway.made.keys.known)
        told = [httpx.post(f"{gateway.url}/v1/completions", json={"model": model, "prompt": "a"},
                           headers={"authorization": f"Bearer {text}"}).json() for model in ("desk", "disk")]
        assert str(told[0]).replace("desk", "disk") == str(told[1])


def test_pages_for_those_who_run_the_gateway_name_nothing_to_others(two_names):
    with running(two_names, FakeEngine()) as gateway:
        assert "desk" in httpx.get(f"{gateway.url}/metrics").text or gateway.ask()
        _, narrow = keys.create(two_names, "mira", "the shop", names=["shop"])
        _, wide = keys.create(two_names, "mira", "Prometheus")
        until(lambda: len(gateway.made.keys.known) == 2)
        for text, status in ((None, 401), (narrow, 401), (wide, 200)):
            headers = {"authorization": f"Bearer {text}"} if text else {}
            assert httpx.get(f"{gateway.url}/metrics", headers=headers).status_code == status
            health = httpx.get(f"{gateway.url}/healthz", headers=headers)
            assert health.status_code == 200
            assert ("live" in health.json()) == (status == 200)


def test_an_answers_record_names_its_key_and_no_log_line_holds_it(home, tmp_path):
    with (tmp_path / "log").open("w") as log, running(home, FakeEngine(), log=log) as gateway:
        key, text = keys.create(home, "mira", "the website")
        until(lambda: key.id in gateway.made.keys.known)
        with gateway.asking(text) as client:
            client.chat.completions.create(model="desk", messages=[{"role": "user", "content": "a secret word"}],
                                           extra_headers={"x-request-id": "my-own-1"})
        httpx.get(f"{gateway.url}/v1/models/secret", headers={"authorization": f"Bearer {text}x"})
    [segment] = (home.path / "audit").glob("*.jsonl")
    record = json.loads(segment.read_text())
    assert (record["key"], record["request_id"]) == (key.id, "my-own-1")
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [(line["status"], line.get("key")) for line in lines] == [(200, key.id), (401, None)]
    assert lines[0]["request_id"] == "my-own-1"
    for kept in (segment.read_text(), str(lines)):
        assert "secret" not in kept
        assert text.split("-", 2)[2] not in kept
