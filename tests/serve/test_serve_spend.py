"""What keys cost, by the release's price; budgets warn, then stop."""

import asyncio
import sqlite3
from contextlib import ExitStack, closing

import httpx
import openai
import pytest
from gateways import add_release, made_up, running, until
from hypothesis import given
from hypothesis import strategies as st

from tunewright import registry
from tunewright.core.home import Home
from tunewright.core.run import silent
from tunewright.engine import FakeEngine
from tunewright.recipe.alert import AlertSpec
from tunewright.serve import keys
from tunewright.serve.alerts import Alerts, Watched
from tunewright.serve.audit import find
from tunewright.serve.problems import Problem
from tunewright.serve.spend import Spend

PRICE = {"read": 1_000_000, "written": 2_000_000}
"""A whole unit for each token read, two for each written: a fake answer of one word costs 17."""


@pytest.fixture
def spends(tmp_path):
    """Makes what gateways on one ledger count."""
    with ExitStack() as stack:
        yield lambda *month: stack.enter_context(closing(Spend(Home(tmp_path), *month)))


def write(spend):
    asyncio.run(spend.write())


@pytest.fixture
def dear(tmp_path):
    home = Home(tmp_path)
    add_release(home, made_up(home, 1), price=PRICE)
    registry.promote(home, "desk@1", "mira", "first")
    return home


def test_an_answer_costs_what_its_release_says_and_the_record_tells(dear):
    with running(dear, FakeEngine()) as gateway:
        answer = gateway.ask(text="one two")
        assert find(dear, answer.id)["cost"] == 2 * 1 + 8 * 2
        assert 'tunewright_cost_total{key="",release="desk@1"} 18.0' in httpx.get(f"{gateway.url}/metrics").text


def test_a_budget_warns_then_stops_and_a_restart_forgets_nothing(dear):
    key, text = keys.create(dear, "mira", "a", budget=40)
    with running(dear, FakeEngine()) as gateway, gateway.asking(text) as client:
        for _ in range(3):
            client.completions.create(model="desk", prompt="a")
        assert gateway.made.alerts.watched.used() == pytest.approx(51 / 40)
        assert any(f"key {key.id} has used 85% of its month" in said for said in gateway.said)
    with running(dear, FakeEngine()) as gateway, gateway.asking(text) as client:
        with pytest.raises(openai.RateLimitError) as caught:
            client.completions.create(model="desk", prompt="a")
        assert caught.value.code == "insufficient_quota"


def test_gateways_on_one_ledger_count_together(spends):
    key = keys.Key(id="k", budget=1.0)
    one, other = spends(), spends()
    one.add(key, 0.6)
    write(one)
    other.add(key, 0.5)
    other.admit(key)
    write(other)
    with pytest.raises(Problem):
        other.admit(key)
    write(one)
    assert one.of(key) == other.of(key) == spends().of(key) == pytest.approx(1.1)


def test_a_database_that_is_away_loses_no_costs(tmp_path, spends):
    key = keys.Key(id="k")
    one, path = spends(), tmp_path / "ledger.sqlite"
    one.add(key, 0.5)
    with sqlite3.connect(path) as database:
        database.execute("ALTER TABLE spend RENAME TO away")
    write(one)
    one.add(key, 0.5)
    with sqlite3.connect(path) as database:
        database.execute("ALTER TABLE away RENAME TO spend")
    write(one)
    assert spends().of(key) == one.of(key) == 1.0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 10), st.booleans()), max_size=20))
def test_what_was_written_adds_up_whatever_was_written_when(tmp_path_factory, costs):
    home = Home(tmp_path_factory.mktemp("home"))
    with closing(Spend(home)) as spend:
        for key_id, cost, now in costs:
            spend.add(keys.Key(id=key_id), cost)
            if now:
                write(spend)
        write(spend)
        with closing(Spend(home)) as other:
            for key_id in "abc":
                told = sum(cost for name, cost, _ in costs if name == key_id)
                assert other.of(keys.Key(id=key_id)) == pytest.approx(told)


def test_a_new_month_begins_with_nothing_and_the_alert_of_budgets_is_over(spends):
    months, said, key = ["2026-11"], [], keys.Key(id="k", budget=10.0)
    spend = spends(lambda: months[-1])
    alerts = Alerts([AlertSpec(when="budget", bound=0.5)], lambda _stage, text: said.append(text), used=spend.used)
    assert spend.used() is None
    spend.admit(key)
    spend.admit(keys.Key(id="without"))
    spend.add(key, 8.0)
    write(spend)
    assert spend.used() == 0.8
    asyncio.run(alerts.look(1000.0))
    months.append("2026-12")
    write(spend)
    assert (spend.used(), spend.of(key)) == (0.0, 0.0)
    asyncio.run(alerts.look(1001.0))
    assert said == ["budget is 0.8, above 0.5", "budget is 0, no longer above 0.5"]
    assert spend.add(key, 8.0), "it is warned anew"


def looked(rules, *moments):
    """What a webhook was told, when figures were looked at one after another; each moment sets them up."""
    told = []

    async def tell(url, body):
        told.append((url, body["alert"], body["state"]))

    async def play():
        alerts = Alerts([AlertSpec.model_validate(rule) for rule in rules], silent, tell)
        for number, moment in enumerate(moments):
            moment(alerts.watched)
            await alerts.look(1000.0 + number)

    asyncio.run(play())
    return told


def answers(*, status=200, seconds=0.1, number=20):
    return lambda watched: watched.answers.extend([(1000.0, status, seconds)] * number)


def test_an_alert_is_told_once_when_it_fires_and_once_when_it_is_over(monkeypatch):
    monkeypatch.setenv("HOOK", "http://hook")
    told = looked([{"when": "errors", "bound": 0.4, "webhook": "HOOK"}],
                  answers(), answers(status=500), lambda watched: None, answers(number=200))
    assert told == [("http://hook", "errors", "firing"), ("http://hook", "errors", "resolved")]


def test_each_figure_has_its_side(monkeypatch):
    monkeypatch.setenv("HOOK", "http://hook")
    rules = [{"when": when, "bound": 0.5, "webhook": "HOOK"} for when in ("latency", "quality", "drift")]
    assert looked(rules, answers(seconds=0.4), lambda watched: watched.figures.update(quality=0.6, drift=0.4)) == []
    told = looked(rules, answers(seconds=0.6),
                  lambda watched: watched.figures.update(quality=0.4, drift=0.6))
    assert {alert for _, alert, _ in told} == {"latency", "quality", "drift"}


def test_few_answers_say_nothing_and_a_webhook_that_fails_stops_nothing():
    said = []
    alerts = Alerts([AlertSpec(when="errors", bound=0.1, webhook="NOT_SET")], lambda stage, text: said.append(text))
    answers(status=500, number=19)(alerts.watched)
    asyncio.run(alerts.look(1000.0))
    assert said == []
    answers(status=500, number=1)(alerts.watched)
    asyncio.run(alerts.look(1000.0))
    assert "above 0.1" in said[0]
    assert "NOT_SET could not be told" in said[1]


def test_what_was_counted_is_written_while_the_gateway_runs(dear, spends):
    key, text = keys.create(dear, "mira", "a")
    with running(dear, FakeEngine()) as gateway, gateway.asking(text) as client:
        client.completions.create(model="desk", prompt="a")
        until(lambda: spends().of(key) == 17.0)


def entry(home, action, subject, **data):
    return home.ledger.append(action, subject, by="mira", why="a test", data=data)


def test_what_the_monitor_told_the_ledger_sets_drift_and_quality(home):
    watched = Watched(["desk"])
    lost = [{"metric": "feedback", "answer": "fail", "value": -0.2},
            {"metric": "slow", "answer": "pass", "value": -0.5}]
    moved = [{"kind": "language", "size": 0.3}, {"kind": "words", "size": 0.25}]

    def after(action, subject, **data):
        watched.take([entry(home, action, subject, **data)])
        return watched.figures["quality"], watched.figures["drift"]

    assert after("promote", "desk@1") == (1.0, 0.0)
    assert after("drift", "other@1", evidence=moved) == (1.0, 0.0)
    assert after("incident", "desk@2", evidence=lost) == (0.8, 0.0)
    assert after("drift", "desk@1", evidence=moved) == (0.8, 0.3)
    assert after("canary", "desk@3") == (1.0, 0.3)
    assert after("rollback", "desk@1") == (1.0, 0.0)


def test_an_alert_of_drift_fires_in_a_gateway_that_follows_the_ledger(home):
    with running(home, FakeEngine(), alerts=[AlertSpec(when="drift", bound=0.2)]) as gateway:
        entry(home, "drift", "desk@1", evidence=[{"kind": "words", "size": 0.4}])
        until(lambda: gateway.made.alerts.watched.figures["drift"] == 0.4)
        asyncio.run(gateway.made.alerts.look(1000.0))
        assert any("drift is 0.4, above 0.2" in said for said in gateway.said)
