"""Another engine answers where no release does, and says so: in the answer, in its record, and at its own price."""

import asyncio
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from gateways import add_release, made_up, running, until

from tunewright import registry
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.engine import Unavailable
from tunewright.engine.fake import FakeEngine
from tunewright.lineage import explain
from tunewright.recipe import ServeSpec
from tunewright.serve.breaker import FAILURES
from tunewright.serve.fallback import Fallbacks
from tunewright.serve.route import Route
from tunewright.serve.run import listen, serve

ELSEWHERE = {"engine": "fake"}


class Broken(FakeEngine):
    """Loads and says hello; whatever is asked after that fails, as long as `broken`."""

    broken = True
    asked = 0

    async def stream(self, request):
        self.asked += 1
        if self.broken:
            raise Unavailable("the engine cannot answer now: ask again.")
        async for piece in super().stream(request):
            yield piece


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


def live(home, releases=1, **serve):
    """Releases of desk, promoted one after another; each has the fallback."""
    for number in range(1, releases + 1):
        add_release(home, made_up(home, number), **{"fallback": ELSEWHERE, **serve})
        registry.promote(home, f"desk@{number}", "mira", "so")


def records(home):
    paths = sorted((home.path / "audit").glob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def counted(gateway, cause):
    return gateway.made.metrics.registry.get_sample_value(
        "tunewright_fallbacks_total", {"name": "desk", "cause": cause})


def test_where_the_only_release_fails_another_engine_answers_and_claims_no_release(home):
    live(home)
    with running(home, Broken()) as gateway:
        answer = gateway.ask()
        assert answer.choices[0].message.content.startswith("base:0")
        assert (answer.model, answer.system_fingerprint) == ("fallback", "fallback-fake")
        stream = list(gateway.ask(stream=True))
        assert stream[0].model == "fallback"
        assert counted(gateway, "error") == 2
    failed, stood_in = [line for line in records(home) if line["status"] != 200], [
        line for line in records(home) if line["status"] == 200]
    assert {(line["release"], line["engine"]) for line in failed} == {("desk@1", "fake")}
    assert [line["fallback"] for line in stood_in] == [{"for": "desk@1", "model": "fake"}] * 2
    assert {(line["release"], line["release_digest"], line["model_digest"], line["base_digest"])
            for line in stood_in} == {("fallback", None, None, None)}
    with pytest.raises(Fault, match="came from fake on a fallback engine, in place of desk@1"):
        explain(home, stood_in[0])


def test_the_release_before_is_asked_first(home):
    live(home, releases=2)
    engine = Broken()
    with running(home, engine) as gateway:
        until(lambda: "desk@1" in gateway.made.routes.listed())
        assert gateway.ask().model == "fallback"
    assert Counter((line["release"], line["status"]) for line in records(home)) == {
        ("desk@2", 503): 1, ("desk@1", 503): 1, ("fallback", 200): 1}


def test_a_release_that_goes_on_failing_is_left_alone_and_no_retry_is_spent(home):
    live(home)
    engine = Broken()
    with running(home, engine) as gateway:
        assert {gateway.ask(text=f"question {number}").model for number in range(40)} == {"fallback"}
        assert engine.asked == FAILURES
        assert counted(gateway, "resting") == 40 - FAILURES


def test_without_retries_left_the_failure_is_told(home):
    live(home)
    with running(home, Broken()) as gateway:
        while gateway.made.retries.take(""):
            pass
        with pytest.raises(openai.InternalServerError):
            gateway.ask()


def test_who_asks_by_number_is_never_answered_elsewhere(home):
    live(home)
    with running(home, Broken()) as gateway, pytest.raises(openai.InternalServerError):
        gateway.ask("desk@1")


def test_what_does_not_begin_in_time_is_answered_elsewhere_if_the_recipe_says_timeout(home):
    class Slow(FakeEngine):
        async def stream(self, request):
            await asyncio.sleep(30)
            async for piece in super().stream(request):
                yield piece

    live(home, limits={"first": 0.1}, fallback={**ELSEWHERE, "on": ["timeout"]})
    with running(home, Slow()) as gateway:
        assert gateway.ask().model == "fallback"
        assert counted(gateway, "timeout") == 1


def test_a_cause_that_the_recipe_does_not_name_is_none(home):
    live(home, fallback={**ELSEWHERE, "on": ["overload"]})
    with running(home, Broken()) as gateway, pytest.raises(openai.InternalServerError):
        gateway.ask()


def test_what_the_queue_does_not_hold_is_answered_elsewhere_if_the_recipe_says_overload(home):
    live(home, fallback={**ELSEWHERE, "on": ["overload"], "concurrency": 64})
    with running(home, FakeEngine(delay=0.05), serve={"limits": {"concurrency": 1, "queue": 0}}) as gateway:
        with ThreadPoolExecutor(8) as pool:
            models = Counter(pool.map(lambda _: gateway.ask().model, range(8)))
        assert models["fallback"] >= 1
        assert models["desk@1"] >= 1
        assert sum(models.values()) == 8
        assert counted(gateway, "overload") == models["fallback"]


def test_a_fallback_has_its_own_bound(home):
    live(home, fallback={**ELSEWHERE, "concurrency": 1})
    with running(home, Broken()) as gateway:
        spare = gateway.made.routes.listed()["desk"].fallback
        with spare, pytest.raises(openai.InternalServerError):
            gateway.ask()
        assert gateway.ask().model == "fallback"


def test_it_has_its_own_price_and_the_policy_of_the_release(home):
    live(home, price={"read": 1, "written": 1}, policy={"pii": "mask"},
         fallback={**ELSEWHERE, "price": {"read": 0, "written": 1_000_000}})
    with running(home, Broken()) as gateway:
        gateway.ask(text="write to ann@example.com")
    line = records(home)[-1]
    assert (line["cost"], line["pii"]["prompt"]) == (line["tokens_out"], {"email": 1})


def test_a_server_asked_for_the_same_digest_answers_as_the_release():
    same = {"engine": "openai", "upstream": {"url": "http://127.0.0.1:1/v1", "model": "{digest}"}}
    other = {"engine": "openai", "upstream": {"url": "http://127.0.0.1:1/v1", "model": "their-model"}}
    fallbacks = Fallbacks()
    routes = [fallbacks.of(Route("desk@3", "r" * 64, "m" * 64, "b" * 64, ServeSpec(fallback=spec)))
              for spec in (same, other)]
    assert [(route.reference, route.release, route.model) for route in routes] == [
        ("desk@3", "r" * 64, "m" * 64), ("fallback", None, None)]
    assert [route.identity for route in routes] == ["m" * 64, "their-model"]
    assert [route.other.place_of for route in routes] == ["desk@3", "desk@3"]


def test_a_fallback_whose_key_is_missing_is_one_sentence_at_the_start(home):
    add_release(home, made_up(home, 1), fallback={
        "engine": "openai", "upstream": {"url": "http://127.0.0.1:1/v1", "model": "theirs", "key": "NO_SUCH_KEY"}})
    missing = r"serve\.fallback\.upstream\.key: the environment has no NO_SUCH_KEY"
    with listen("127.0.0.1", 0) as listening, pytest.raises(Fault, match=missing):
        serve(home, listening)
