"""Traffic that stays as it was raises no alarm; what moves is told once, with figures, and may start a run."""

import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "serve"))
from encoding import EncoderServer
from gateways import add_release, made_up
from judging import Judge

from tunewright import registry
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model, Report, Verdict
from tunewright.core.run import silent
from tunewright.monitor.after import DRIFT, RETRAIN, After
from tunewright.monitor.drift import Drift
from tunewright.monitor.judgements import Judges
from tunewright.monitor.outcome import Outcome
from tunewright.recipe import MonitorSpec, Recipe
from tunewright.recipe.serve import PolicySpec, ServeSpec
from tunewright.serve.figures import figures, sketch

WORDS = ("my", "card", "is", "lost", "in", "the", "shop", "and", "I", "want", "it", "back", "before", "a", "fee")
OTHER = ("quantum", "lattice", "theory", "graphs", "vertices", "colour", "edges", "planar", "homology", "tensor")


def records(count, dice, *, words=WORDS, length=20, labels="abc", good=0.8,
            said=WORDS):
    """Sampled answers, every other one a label, and feedback on them."""
    for number in range(count):
        text, answer = (" ".join(dice.choices(spoken, k=8)) for spoken in (words, said))
        yield {"release": "desk@1", "at": datetime.now(UTC).isoformat(timespec="milliseconds"), "user": None,
               "tokens_in": round(dice.gauss(length, 4)), "tokens_out": 3 if number % 2 else 30,
               "answer_digest": dice.choice(labels),
               "figures": figures(None, text, answer, "letters") | {"language": "en"}, "status": 200, "seconds": 0.1}
        yield {"release": "desk@1", "at": "9", "user": None, "feedback": {"score": float(dice.random() < good)}}


def alarms(**moved):
    dice, drift = random.Random(3), Drift(300)
    assert drift.take(records(900, dice)) == []
    return {alarm.kind for alarm in drift.take(records(300, dice, **moved))}


def test_traffic_that_stays_as_it_was_raises_no_alarm():
    assert alarms() == set()


@pytest.mark.parametrize(("moved", "kinds"), [
    ({"length": 30}, {"question length"}), ({"words": OTHER}, {"words", "intents"}),
    ({"said": OTHER}, {"answer words", "topics"}), ({"labels": "abcccccc"}, {"answers"}),
    ({"good": 0.55}, {"feedback"})])
def test_what_moves_is_named(moved, kinds):
    assert alarms(**moved) == kinds


def rated(dice, mean, count=40):
    """What a judge says of so many answers."""
    return [Outcome("desk@1", "judged", "", min(1.0, max(0.0, round(4 * dice.gauss(mean, 0.15)) / 4)))
            for _ in range(count)]


@pytest.mark.parametrize(("mean", "moved"), [(0.75, False), (0.55, True)])
def test_what_a_judge_says_is_gathered_over_windows_until_it_can_be_compared(mean, moved):
    dice, drift, found = random.Random(1), Drift(50), []
    for window in range(12):
        drift.judged(rated(dice, mean if window > 3 else 0.75))
        found += drift.take(record for record in records(50, dice) if "figures" in record)
    assert any(alarm.kind == "judged" for alarm in found) == moved


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=2, max_size=8))
def test_however_rare_a_kind_is_no_value_of_it_is_lost_until_it_is_compared(counts):
    """Each is in the reference, waits for more, or was in a window that was compared."""
    drift, told, compared = Drift(50), 0, 0

    def held(sample):
        return len(sample.values.get("judged", ()))

    for count in counts:
        drift.judged([Outcome("desk@1", "judged", "", 0.5)] * count)
        told += count
        compared += held(drift.current) if min(held(drift.reference), held(drift.current)) >= 50 else 0
        drift.take([{"tokens_in": 1, "tokens_out": 90, "figures": {
            "language": "en", "sketch": [1], "answer_sketch": [1]}}] * 50)
        assert held(drift.reference) + held(drift.current) + compared == told


def test_a_sketch_says_what_texts_are_alike_and_not_what_they_say():
    near = sketch("my card is lost"), sketch("my card is lost again")
    far = sketch("homology of graphs")

    def apart(one, other):
        return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))

    assert apart(*near) < apart(near[0], far)
    assert len(far) == 32
    assert sketch("") == [0] * 32
    asked = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "well?"}]
    kept = figures(asked, None, "an answer", "words")
    assert (kept["sketch"], kept["answer_sketch"]) == (sketch("hello", "words"), sketch("an answer", "words"))


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    add_release(made, made_up(made, 1))
    (tmp_path / "audit").mkdir()
    return made


def live(home, audit="digest", **monitor):
    """A release with this monitor section, live."""
    release = registry.resolve(home, "desk@1")
    kept = {kind: model.model_validate(home.store.get_json(getattr(release, kind))) for kind, model in (
        ("recipe", Recipe), ("dataset", Dataset), ("model", Model), ("report", Report), ("verdict", Verdict))}
    kept["recipe"] = kept["recipe"].model_copy(update={
        "monitor": MonitorSpec(**monitor), "serve": ServeSpec(engine="fake", policy=PolicySpec(audit=audit))})
    made = registry.add(home, "desk", *kept.values(), "mira")
    registry.promote(home, made.reference, "mira", "go")
    return made.reference


def write(home, reference, found):
    with (home.path / "audit" / "a.jsonl").open("a") as stream:
        stream.writelines(json.dumps({"id": "c-1", **record, "release": reference}) + "\n" for record in found)


def test_an_alarm_is_one_entry_with_its_evidence_however_often_one_looks(home):
    reference, dice = live(home, drift={"window": 300}), random.Random(0)
    after = After(home, "desk", "monitor")
    write(home, reference, records(300, dice))
    assert after.look() == []
    write(home, reference, records(600, dice, length=35))
    assert after.look()
    assert After(home, "desk", "monitor").look()
    (entry,) = home.ledger.entries(action=DRIFT)
    assert entry.subject == reference
    assert next(one["kind"] for one in entry.data["evidence"]) == "question length"
    assert list(home.ledger.entries(action=RETRAIN)) == []


def test_an_alarm_may_start_the_recipes_run_once(home, tmp_path):
    reference, dice = live(home, drift={"window": 300}, on_drift="retrain"), random.Random(0)
    write(home, reference, [*records(300, dice), *records(300, dice, length=35)])
    said = []
    after = After(home, "desk", "monitor", tmp_path / "no-such.yaml", lambda _stage, text: said.append(text))
    after.look()
    after.look()
    assert after.wait() == 2, "the run was started, and says that the recipe is not there"
    (entry,) = home.ledger.entries(action=RETRAIN)
    assert entry.data["started"]
    assert "question length moved" in said[0]


def test_after_a_release_answers_that_a_judge_finds_worse_are_drift(home):
    judge = Judge()
    judge.speaks.set()
    reference, dice = live(home, drift={"window": 60}, judge=judge.spec.model_dump()), random.Random(0)
    judges = Judges(home, "monitor", silent)
    after = After(home, "desk", "monitor", judges=judges)
    for part, answer in enumerate(("right", "right", "wrong")):
        write(home, reference, ({**record, "id": f"c-{part}-{number}", "prompt": "what?", "answer": [answer]}
                                for number, record in enumerate(records(60, dice)) if "figures" in record))
        after.look()
        judges.settle()
    write(home, reference, records(60, dice))
    assert after.look() == [], "what is said of the last answers counts in the window after them"
    write(home, reference, records(60, dice))
    assert {alarm.kind for alarm in after.look()} == {"judged"}
    assert len(judge.shown) == 180
    judges.close()
    judge.close()


def asked(texts, dice, count=60):
    """Sampled answers to questions of these texts, which letters say nothing of."""
    for number, record in enumerate(records(count, dice)):
        if "figures" in record:
            yield {**record, "id": f"c-{dice.random()}-{number}", "prompt": dice.choice(texts), "answer": ["yes"]}


def test_questions_that_an_encoder_puts_elsewhere_are_drift_and_of_another_mix_of_intents(home):
    server, dice = EncoderServer(), random.Random(0)
    server.speaks.set()
    reference = live(home, "text", drift={"window": 60, "encoder": server.spec.model_dump()})
    after = After(home, "desk", "monitor")
    for texts in ("my card is lost", "where is the card"), ("quantum homology", "planar tensor graphs"):
        write(home, reference, asked(texts, dice))
        assert after.look() == []
        assert after.settle()
        assert not after.settle()
    assert After(home, "desk", "monitor").look(), "what was said before counts beside its answer"
    assert after.look() == [], "what is said of the last questions counts in the window after them"
    write(home, reference, records(60, dice))
    assert {alarm.kind for alarm in after.look()} == {"embedding", "intents"}
    assert len(server.shown) == 120, "what is kept is not asked again"
    server.close()


def test_without_text_an_encoder_is_not_asked_and_sketches_stay(home):
    said, dice = [], random.Random(0)
    reference = live(home, drift={"window": 60, "encoder": {"url": "http://127.0.0.1:1/v1", "model": "m"}})
    after = After(home, "desk", "monitor", say=lambda _stage, text: said.append(text))
    write(home, reference, [*records(60, dice), *records(60, dice, words=OTHER)])
    assert {alarm.kind for alarm in after.look()} == {"words", "intents"}
    assert not after.settle()
    assert said[0] == "desk@2: the encoder is not asked, since `serve.policy.audit` keeps no text"


def test_the_calendar_may_want_a_run_too(home):
    live(home, every="90d")
    after = After(home, "desk", "monitor")
    after.look()
    assert list(home.ledger.entries(action=RETRAIN)) == []
    after._due = lambda _added: True
    after.look()
    after.look()
    assert [entry.why for entry in home.ledger.entries(action=RETRAIN)] == [
        "the live release is older than 90d: run its recipe again"]
