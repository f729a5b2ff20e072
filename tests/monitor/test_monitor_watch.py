"""The watch reads the audit trail and writes steps into the ledger, with evidence."""

import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "serve"))
from gateways import add_release, made_up

from tunewright import registry
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model, Report, Verdict
from tunewright.monitor.tail import Tail
from tunewright.monitor.watch import INCIDENT, Watch
from tunewright.recipe import MonitorSpec, Recipe


@pytest.fixture
def home(tmp_path):
    """desk@1 live, desk@2 with a tenth."""
    made = Home(tmp_path)
    for number in (1, 2):
        add_release(made, made_up(made, number))
    registry.promote(made, "desk@1", "mira", "first")
    registry.canary(made, "desk@2", 0.1, "mira", "try it")
    (tmp_path / "audit").mkdir()
    return made


def ask(home, quality, count=3000, seed=0, at=None, canary="desk@2"):
    """Answers of both releases and what users said of them, as a gateway writes them."""
    dice = random.Random(seed)
    now = at or datetime.now(UTC).isoformat(timespec="milliseconds")
    with (home.path / "audit" / "a.jsonl").open("a") as stream:
        for release, good in (("desk@1", 0.8), (canary, quality)):
            for _ in range(count):
                about = {"id": f"chatcmpl-{release}-{seed}", "release": release, "at": now, "user": None, "key": ""}
                stream.write(json.dumps({**about, "status": 200, "seconds": 0.1}) + "\n")
                score = float(dice.random() < good)
                stream.write(json.dumps({**about, "feedback": {"score": score}}) + "\n")


def shares(home):
    return {arm.number: arm.share for arm in registry.fold(home).of("desk").arms.values()}


def test_without_a_canary_there_is_nothing_to_watch(home):
    registry.abort(home, "desk", "mira", "enough")
    assert Watch(home, "desk", "monitor").look() is None


def test_an_equal_canary_grows_and_becomes_live(home):
    watch = Watch(home, "desk", "monitor")
    assert watch.look().move == "hold"
    ask(home, 0.8)
    assert watch.look().move == "grow"
    assert shares(home) == {2: 0.5}
    assert watch.look().move == "hold"
    ask(home, 0.8, 300, seed=1)
    assert watch.look().move == "live"
    assert registry.live(home, "desk").number == 2
    assert registry.history(home, "desk")[-1].by == "monitor"


def test_a_worse_canary_is_taken_away_with_an_incident_that_holds_the_evidence(home):
    ask(home, 0.7)
    assert Watch(home, "desk", "monitor").look().move == "abort"
    assert shares(home) == {}
    (incident,) = home.ledger.entries(action=INCIDENT)
    assert incident.subject == "desk@2"
    evidence = {one["metric"]: one for one in incident.data["evidence"]}
    assert evidence["feedback"]["answer"] == "fail"
    assert evidence["feedback"]["high"] < 0
    assert registry.status(home, "desk")[1].status == "candidate"


def test_a_watch_that_is_started_again_knows_what_it_knew(home):
    ask(home, 0.8)
    Watch(home, "desk", "monitor").look()
    again = Watch(home, "desk", "monitor")
    assert again.look().move == "hold"
    assert shares(home) == {2: 0.5}


def test_outcomes_from_before_the_canary_count_for_nothing(home):
    ask(home, 0.5, at="2000-01-01T00:00:00.000+00:00")
    watch = Watch(home, "desk", "monitor")
    assert watch.look().move == "hold"
    assert shares(home) == {2: 0.1}


def test_a_recipe_may_keep_the_monitor_from_acting(home):
    release = registry.resolve(home, "desk@2")
    kept = {kind: model.model_validate(home.store.get_json(getattr(release, kind))) for kind, model in (
        ("recipe", Recipe), ("dataset", Dataset), ("model", Model), ("report", Report), ("verdict", Verdict))}
    kept["recipe"] = kept["recipe"].model_copy(update={"monitor": MonitorSpec(act=False)})
    registry.add(home, "desk", *kept.values(), "mira")
    registry.canary(home, "desk@3", 0.1, "mira", "another")
    ask(home, 0.6, canary="desk@3")
    said = []
    assert Watch(home, "desk", "monitor", lambda _stage, text: said.append(text)).look().move == "abort"
    assert shares(home) == {3: 0.1}
    assert said[0].startswith("desk@3 is taken away: it is worse")


def test_a_half_written_line_waits_for_its_end(tmp_path):
    tail = Tail(tmp_path, "")
    path = tmp_path / "a.jsonl"
    path.write_text('{"at": "1", "release": "desk@1"}\n{"at": "2", "release"')
    assert [record["release"] for record in tail.new()] == ["desk@1"]
    with path.open("a") as stream:
        stream.write(': "desk@2"}\nnonsense\n')
    assert [record["release"] for record in tail.new()] == ["desk@2"]
    assert list(tail.new()) == []
