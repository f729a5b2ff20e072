"""A promotion elsewhere reaches the gateway at once, and no answer is lost or mixed on the way."""

import threading
import time

import httpx
import openai
import pytest
from gateways import add_release, made_up, running, until

from tunewright import registry
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.engine import FakeEngine


class Picky(FakeEngine):
    """Loads nothing, or loads and does not answer, for the digests it was told of."""

    def __init__(self, delay=0.0):
        super().__init__(delay)
        self.unreadable, self.mute = set(), set()
        self.loads = []

    def load(self, model_digest, folder, adapter):
        self.loads.append(model_digest)
        if model_digest in self.unreadable:
            raise Fault("its weights cannot be read: train it again.")
        super().load(model_digest, folder, adapter)

    def generate(self, requests):
        if requests[0].model in self.mute:
            raise RuntimeError("no answer")
        return super().generate(requests)


def models(home):
    return {standing.number: registry.read(home, standing.digest).model for standing in registry.status(home, "desk")}


def test_a_promotion_and_a_rollback_reach_a_running_gateway_in_under_a_second(gateway):
    elsewhere = Home(gateway.home.path)
    registry.promote(elsewhere, "desk@2", "mira", "better")
    assert until(lambda: gateway.ask().model == "desk@2") < 1
    registry.rollback(elsewhere, "desk", "mira", "worse")
    assert until(lambda: gateway.ask().model == "desk@1") < 1
    assert gateway.said[-2:] == ["desk: desk@1 → desk@2", "desk: desk@2 → desk@1"]
    assert 'tunewright_switches_total{name="desk"} 3.0' in httpx.get(f"{gateway.url}/metrics").text


def test_a_rollback_loads_nothing(home):
    engine = Picky()
    with running(home, engine) as gateway:
        registry.promote(home, "desk@2", "mira", "better")
        until(lambda: gateway.ask().model == "desk@2")
        loads = len(engine.loads)
        registry.rollback(home, "desk", "mira", "worse")
        until(lambda: gateway.ask().model == "desk@1")
        assert len(engine.loads) == loads


def test_a_gateway_that_starts_holds_what_a_rollback_would_return_to(home):
    registry.promote(home, "desk@2", "mira", "better")
    engine = Picky()
    with running(home, engine):
        assert set(engine.loads) == {models(home)[1], models(home)[2]}


def test_a_request_keeps_its_release_through_a_switch(home):
    with running(home, FakeEngine(delay=0.05)) as gateway:
        old = models(home)[1]
        events = gateway.ask(stream=True)
        first = next(events)
        registry.promote(home, "desk@2", "mira", "better")
        until(lambda: "desk@1 → desk@2" in " ".join(gateway.said))
        rest = list(events)
        assert {event.system_fingerprint for event in rest} == {first.system_fingerprint}
        pieces = [event.choices[0].delta.content for event in rest if event.choices[0].delta.content]
        assert len(pieces) == 8
        assert all(old[:12] in piece for piece in pieces)


def test_clients_under_way_through_many_switches_lose_nothing_and_see_no_mixed_answer(home):
    wrong, count, stop = [], [0], threading.Event()

    def client(url):
        with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as asking:
            while not stop.is_set():
                try:
                    events = list(asking.chat.completions.create(
                        model="desk", stream=True, messages=[{"role": "user", "content": "a"}]))
                except openai.OpenAIError as error:
                    wrong.append(str(error))
                    continue
                said = {event.choices[0].delta.content.split(":")[0] for event in events
                        if event.choices[0].delta.content}
                prints = {event.system_fingerprint for event in events}
                if len(said) != 1 or len(prints) != 1 or said.pop()[:6] != prints.pop()[-6:]:
                    wrong.append("mixed")
                count[0] += 1

    with running(home, FakeEngine(delay=0.001)) as gateway:
        clients = [threading.Thread(target=client, args=[gateway.url]) for _ in range(6)]
        for each in clients:
            each.start()
        for turn in range(6):
            if turn % 2:
                registry.rollback(home, "desk", "mira", "worse")
            else:
                registry.promote(home, "desk@2", "mira", "better")
            time.sleep(0.12)
        stop.set()
        for each in clients:
            each.join()
    assert wrong == []
    assert count[0] > 20


@pytest.mark.parametrize("fault", ["unreadable", "mute"])
def test_a_release_that_does_not_load_or_answer_leaves_the_old_one_live(home, fault):
    engine = Picky()
    getattr(engine, fault).add(models(home)[2])
    with running(home, engine) as gateway:
        registry.promote(home, "desk@2", "mira", "better")
        until(lambda: "desk@1 stays live" in " ".join(gateway.said))
        health = httpx.get(f"{gateway.url}/healthz")
        assert (health.status_code, health.json()["status"], health.json()["live"]) == (
            200, "degraded", {"desk": "desk@1"})
        assert gateway.ask().model == "desk@1"
        assert models(home)[2] not in engine.resident()
        assert [entry.action for entry in home.ledger.entries()][-1] == "promote"
        registry.rollback(home, "desk", "mira", "it does not load")
        until(lambda: httpx.get(f"{gateway.url}/healthz").json()["status"] == "ok")


def test_a_release_on_another_base_is_not_taken_up(home):
    release = add_release(home, made_up(home, 7), base="c" * 64)
    with running(home, FakeEngine(), base="b" * 64) as gateway:
        registry.promote(home, release.reference, "mira", "better")
        until(lambda: "gateway of its own" in str(httpx.get(f"{gateway.url}/healthz").json()["faults"]))
        assert gateway.ask().model == "desk@1"


def test_a_damaged_model_is_not_taken_up(home):
    release = registry.resolve(home, "desk@2")
    manifest = home.store.get_json(release.model)["files"]
    [content] = home.store.folder(manifest).values()
    path = home.path / "store" / "objects" / content[:2] / content[2:]
    path.write_bytes(b"other weights")
    with running(home, FakeEngine()) as gateway:
        registry.promote(home, "desk@2", "mira", "better")
        until(lambda: "desk" in httpx.get(f"{gateway.url}/healthz").json()["faults"])
        assert gateway.ask().model == "desk@1"


def test_without_a_live_release_the_gateway_waits_for_one(tmp_path):
    home = Home(tmp_path)
    add_release(home, made_up(home, 1))
    with running(home, FakeEngine()) as gateway:
        with pytest.raises(openai.NotFoundError):
            gateway.ask()
        registry.promote(home, "desk@1", "mira", "first")
        assert until(lambda: httpx.get(f"{gateway.url}/healthz").json()["live"] == {"desk": "desk@1"}) < 1


def test_releases_nobody_needs_are_let_go(home, monkeypatch):
    monkeypatch.setattr("tunewright.serve.routes.RESIDENT", 2)
    engine = FakeEngine()
    with running(home, engine) as gateway:
        gateway.ask("desk@2")
        gateway.ask("desk@3")
        until(lambda: engine.resident() == {models(home)[1], models(home)[3]})
        assert gateway.ask("desk@2").model == "desk@2"
