"""Users meet a canary by their cohort, shadows are asked too, and who fails is stood in for."""

import asyncio
import json
from collections import Counter

import openai
import pytest
from gateways import add_release, made_up, running, until

from tunewright import registry
from tunewright.core.home import Home
from tunewright.engine import Unavailable
from tunewright.engine.fake import FakeEngine, word


@pytest.fixture
def home(tmp_path) -> Home:
    """desk@1 live; desk@2 and desk@3 candidates with models of their own."""
    made = Home(tmp_path)
    for number in (1, 2, 3):
        add_release(made, made_up(made, number))
    registry.promote(made, "desk@1", "mira", "first")
    return made


class Failing(FakeEngine):
    """Fails on the models in `broken`."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[str] = set()
        self.asked: Counter[str] = Counter()

    async def stream(self, request):
        self.asked[request.model] += 1
        if request.model in self.broken:
            raise Unavailable("the engine cannot answer now: ask again.")
        async for piece in super().stream(request):
            yield piece


def release_of(answer):
    return answer.system_fingerprint.rpartition("-")[0]


def met(gateway, users=200):
    return {user: release_of(gateway.ask(user=f"user {user}")) for user in range(users)}


def records(home):
    paths = sorted((home.path / "audit").glob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def loaded(gateway, reference):
    until(lambda: reference in gateway.made.routes.listed())


def test_a_canary_answers_its_share_of_the_users_and_always_the_same_ones(home):
    with running(home, FakeEngine()) as gateway:
        registry.canary(home, "desk@2", 0.3, "mira", "try")
        loaded(gateway, "desk@2")
        first = met(gateway)
        assert 0.2 < list(first.values()).count("desk@2") / len(first) < 0.4
        assert met(gateway) == first
        registry.canary(home, "desk@2", 0.6, "mira", "more")
        until(lambda: gateway.made.routes.registry.names["desk"].arms["canary"].share == 0.6)
        grown = met(gateway)
        assert all(grown[user] == "desk@2" for user, release in first.items() if release == "desk@2")
        registry.abort(home, "desk", "mira", "enough")
        until(lambda: not gateway.made.routes.registry.names["desk"].arms)
        assert set(met(gateway, 20).values()) == {"desk@1"}


def test_a_conversation_keeps_its_release_as_it_grows(home):
    with running(home, FakeEngine()) as gateway:
        registry.canary(home, "desk@2", 0.5, "mira", "try")
        loaded(gateway, "desk@2")
        for number in range(20):
            said = [{"role": "user", "content": f"question {number}"}]
            releases = set()
            for turn in range(3):
                answer = gateway.client.chat.completions.create(model="desk", messages=said)
                releases.add(release_of(answer))
                said += [{"role": "assistant", "content": "so"}, {"role": "user", "content": f"and {turn}?"}]
            assert len(releases) == 1


def test_whoever_asks_by_number_gets_that_release(home):
    with running(home, FakeEngine()) as gateway:
        registry.canary(home, "desk@2", 1.0, "mira", "all")
        loaded(gateway, "desk@2")
        assert release_of(gateway.ask("desk@1", user="ann")) == "desk@1"
        assert release_of(gateway.ask("desk", user="ann")) == "desk@2"
        assert release_of(gateway.ask("desk@live", user="ann")) == "desk@1"


def test_the_record_names_the_arm(home):
    with running(home, FakeEngine()) as gateway:
        registry.canary(home, "desk@2", 1.0, "mira", "all", arm="warm")
        loaded(gateway, "desk@2")
        gateway.ask(user="ann")
    assert [record.get("arm") for record in records(home)] == ["warm"]


def test_a_shadow_is_asked_too_and_its_record_says_whether_it_agrees(home):
    with running(home, FakeEngine()) as gateway:
        registry.canary(home, "desk@2", 1.0, "mira", "compare", shadow=True)
        loaded(gateway, "desk@2")
        answer = gateway.ask(user="ann")
        assert release_of(answer) == "desk@1"
        assert answer.choices[0].message.content.startswith(word(registry.resolve(home, "desk@1").model, 0))
        until(lambda: len(records(home)) == 2)
    live, shadow = records(home)
    assert (shadow["release"], shadow["shadow_of"], shadow["agreement"]) == ("desk@2", live["id"], False)
    assert shadow["key"] == ""


def test_a_failing_canary_is_stood_in_for_by_the_live_release_and_left_alone_after_a_while(home):
    engine = Failing()
    with running(home, engine) as gateway:
        registry.canary(home, "desk@2", 1.0, "mira", "try")
        loaded(gateway, "desk@2")
        model = registry.resolve(home, "desk@2").model
        engine.broken.add(model)
        engine.asked.clear()
        assert {release_of(gateway.ask(user=f"user {number}", text=f"question {number}"))
                for number in range(8)} == {"desk@1"}
        assert engine.asked[model] == 5
    lines = records(home)
    assert Counter((line["release"], line["status"]) for line in lines) == {("desk@2", 503): 5, ("desk@1", 200): 8}


def test_a_failing_live_release_is_stood_in_for_by_the_one_before(home):
    engine = Failing()
    with running(home, engine) as gateway:
        registry.promote(home, "desk@2", "mira", "second")
        until(lambda: gateway.made.routes.live() == {"desk": "desk@2"})
        engine.broken.add(registry.resolve(home, "desk@2").model)
        assert release_of(gateway.ask()) == "desk@1"


def test_retries_have_a_budget(home):
    engine = Failing()
    with running(home, engine) as gateway:
        registry.promote(home, "desk@2", "mira", "second")
        until(lambda: gateway.made.routes.live() == {"desk": "desk@2"})
        while gateway.made.retries.take(""):
            pass
        engine.broken.add(registry.resolve(home, "desk@2").model)
        with pytest.raises(openai.InternalServerError):
            gateway.ask()


def test_who_asks_by_number_is_not_answered_by_another(home):
    engine = Failing()
    with running(home, engine) as gateway:
        registry.promote(home, "desk@2", "mira", "second")
        until(lambda: gateway.made.routes.live() == {"desk": "desk@2"})
        engine.broken.add(registry.resolve(home, "desk@2").model)
        with pytest.raises(openai.InternalServerError):
            gateway.ask("desk@2")


def test_a_release_that_does_not_begin_in_time_is_stood_in_for(home):
    class Slow(FakeEngine):
        slow: str = ""

        async def stream(self, request):
            if request.model == self.slow:
                await asyncio.sleep(30)
            async for piece in super().stream(request):
                yield piece

    for number in (1, 2):
        add_release(home, made_up(home, number), name="shop", limits={"first": 0.2})
    registry.promote(home, "shop@1", "mira", "first")
    registry.promote(home, "shop@2", "mira", "second")
    engine = Slow()
    with running(home, engine) as gateway:
        until(lambda: gateway.made.routes.live().get("shop") == "shop@2")
        engine.slow = registry.resolve(home, "shop@2").model
        assert release_of(gateway.ask("shop")) == "shop@1"
        stream = list(gateway.ask("shop", stream=True))
        assert release_of(stream[0]) == "shop@1"
    lines = [(line["release"], line["status"], line["finish"]) for line in records(home)]
    assert lines.count(("shop@2", 504, "late")) == 2
