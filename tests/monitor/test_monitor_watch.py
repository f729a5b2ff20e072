"""The watch reads the audit trail and writes steps into the ledger, with evidence."""

import json
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "serve"))
from gateways import add_release, made_up

from tunewright import lineage, registry
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model, Report, Verdict
from tunewright.core.run import silent
from tunewright.monitor.judgements import Judges
from tunewright.monitor.watch import Watch
from tunewright.recipe import MonitorSpec, Recipe
from tunewright.recipe.monitor import WatchSpec
from tunewright.serve.alerts import INCIDENT
from tunewright.serve.audit import Audit


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


def section(home, monitor):
    """Release desk@3 whose recipe has this monitor section."""
    release = registry.resolve(home, "desk@2")
    kept = {kind: model.model_validate(home.store.get_json(getattr(release, kind))) for kind, model in (
        ("recipe", Recipe), ("dataset", Dataset), ("model", Model), ("report", Report), ("verdict", Verdict))}
    kept["recipe"] = kept["recipe"].model_copy(update={"monitor": monitor})
    registry.add(home, "desk", *kept.values(), "mira")


def write(home, *records):
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    with (home.path / "audit" / "b.jsonl").open("a") as stream:
        stream.writelines(json.dumps({"at": now, "status": 200, "seconds": 0.1, "user": None, "key": "", **record})
                          + "\n" for record in records)


def test_a_step_keeps_its_evidence_and_what_both_releases_took(home):
    ask(home, 0.7)
    Watch(home, "desk", "monitor").look()
    canary = registry.resolve(home, "desk@2").digest
    (step,) = lineage.steps(home, canary)
    kept = step.evidence.record
    assert step.entry.action == "abort"
    assert step.entry.data["traffic"] == kept["traffic"]
    assert {name: one["answers"] for name, one in kept["traffic"].items()} == {"desk@1": 3000, "desk@2": 3000}
    assert kept["traffic"]["desk@2"]["seconds"]["p95"] == pytest.approx(0.1, rel=0.01)
    assert step.evidence.title.startswith("10 % → taken away · feedback fail -0.")


def test_evidence_is_a_record_that_leads_to_both_releases_and_that_verify_misses(home):
    ask(home, 0.7)
    Watch(home, "desk", "monitor").look()
    one, two = (registry.resolve(home, f"desk@{number}") for number in (1, 2))
    (step,) = lineage.steps(home, two.digest)
    assert {"evidence", "release", "verdict", "report", "model", "dataset", "recipe"} == {
        link.kind for link in lineage.walk(home, step.evidence.digest)}
    assert step.evidence.inputs == (two.digest, one.digest)
    assert lineage.find(home, step.evidence.digest[:12]).digest == step.evidence.digest
    assert INCIDENT in {entry.action for entry in lineage.about(home, step.evidence.digest)}
    assert INCIDENT in {entry.action for entry in lineage.about(home, two.digest)}
    explained = lineage.explain(home, {"id": "chatcmpl-1", "release_digest": two.digest})
    assert [taken.evidence.digest for taken in explained.steps] == [step.evidence.digest]
    assert list(lineage.steps(home, one.digest)) == list(lineage.unproven(home)) == []
    home.store.drop(step.evidence.digest)
    (sentence,) = lineage.unproven(home)
    assert sentence.startswith(f"ledger entry {step.entry.number}: the evidence of its step cannot be read")


def test_evidence_of_another_step_is_found_out(home):
    ask(home, 0.7)
    Watch(home, "desk", "monitor").look()
    (step,) = lineage.steps(home, registry.resolve(home, "desk@2").digest)
    home.ledger.append("promote", "desk@7", by="mira", why="x", data={"name": "desk", "number": 7, "release": "0" * 64,
                                                                     lineage.WATCHED: step.evidence.digest})
    assert ["is not about desk@7" in sentence for sentence in lineage.unproven(home)] == [True]


def agreeing(home, share, count=1000):
    dice = random.Random(2)
    write(home, *({"id": f"s-{number}", "release": "desk@3", "shadow_of": "x", "agreement": dice.random() < share}
                  for number in range(count)))


@pytest.mark.parametrize(("share", "answer"), [(0.97, "pass"), (0.8, "fail"), (0.9, "undecided")])
def test_a_shadows_agreement_is_held_against_its_bound_and_told(home, share, answer):
    rules = (WatchSpec(metric="agreement", at_least=0.9),)
    section(home, MonitorSpec(rules=rules))
    registry.abort(home, "desk", "mira", "enough")
    registry.canary(home, "desk@3", 1.0, "mira", "to compare", arm="shadow", shadow=True)
    agreeing(home, share)
    said = []
    watch = Watch(home, "desk", "monitor", lambda _stage, text: said.append(text))
    assert watch.look() is None
    (state,) = watch.state["shadows"]
    assert (state["release"], state["answer"]) == ("desk@3", answer)
    assert said[0].startswith(f"desk@3 as shadow: {answer}, agreement 0.")


def test_what_a_shadow_showed_counts_when_it_becomes_a_canary(home):
    section(home, MonitorSpec(rules=(WatchSpec(metric="agreement", at_least=0.9),), step=1))
    registry.canary(home, "desk@3", 1.0, "mira", "to compare", arm="shadow", shadow=True)
    agreeing(home, 0.97)
    registry.abort(home, "desk", "mira", "enough", arm="canary")
    registry.abort(home, "desk", "mira", "seen", arm="shadow")
    time.sleep(0.002)  # entries are dated to the millisecond
    registry.canary(home, "desk@3", 0.1, "mira", "try it")
    write(home, {"id": "c-1", "release": "desk@3"})
    assert Watch(home, "desk", "monitor").look().move == "grow"


def test_a_judge_rates_the_sample_whose_text_is_kept(home):
    judge = {"engine": {"kind": "fake", "answers": ['{"good": 4}']}, "sample": 1.0, "criteria": {"good": "Is it?"}}
    section(home, MonitorSpec.model_validate({"rules": [{"metric": "judged"}], "judge": judge}))
    registry.abort(home, "desk", "mira", "enough")
    registry.canary(home, "desk@3", 0.1, "mira", "try it")
    write(home, *({"id": f"j-{number}", "release": f"desk@{1 + 2 * (number % 2)}",
                   "prompt": [{"role": "user", "content": f"question {number}"}], "answer": ["an answer"]}
                  for number in range(120)), {"id": "j-bare", "release": "desk@3"})
    judges = Judges(home, "monitor", silent)
    watch = Watch(home, "desk", "monitor", judges=judges)
    watch.look()
    judges.settle()
    assert watch.look().move == "hold"
    (judged,) = watch.state["canary"]["evidence"]
    assert judged["counts"] == (60, 60)
    assert watch._window.streams["judged", "desk@3"]._total == pytest.approx(60 * 0.75)


@pytest.mark.parametrize("monitor", [{"rules": [{"metric": "agreement"}]}, {"rules": [{"metric": "judged"}]},
                                     {"rules": [{"metric": "error", "at_least": 0.9}]}])
def test_a_rule_that_nothing_could_answer_is_refused(monitor):
    with pytest.raises(ValueError, match=r"agreement, at_least: 0\.9|monitor\.judge"):
        MonitorSpec.model_validate(monitor)


def test_what_another_machine_wrote_counts_when_its_segment_is_closed(home, tmp_path):
    (tmp_path / "other").mkdir()
    other = Home(tmp_path / "other")
    vars(other).update(ledger=home.ledger, store=home.store)
    watch, audit, now = Watch(home, "desk", "monitor"), Audit(other, "mira"), datetime.now(UTC).isoformat()
    for number in range(3):
        audit.write({"id": f"chatcmpl-{number}", "at": now, "release": "desk@2", "status": 200, "seconds": 0.1})
    watch.look()
    assert watch.state["canary"]["traffic"]["desk@2"]["answers"] == 0
    audit.close()
    for _ in range(2):
        watch.look()
        assert watch.state["canary"]["traffic"]["desk@2"]["answers"] == 3
