"""An encoder is asked in the background about sampled questions whose text is there; little is kept, and not for
long."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "serve"))
sys.path.append(str(Path(__file__).parents[1] / "withdraw"))
from encoding import EncoderServer, answered
from gateways import until
from world import World, people

from tunewright import verbs
from tunewright.core.home import Home
from tunewright.core.run import silent
from tunewright.monitor.embeddings import Embeddings
from tunewright.monitor.encoder import project
from tunewright.serve.audit import Audit
from tunewright.withdraw import Answers, withdraw

TODAY = datetime.now(UTC)


@pytest.fixture
def server():
    made = EncoderServer()
    made.speaks.set()
    yield made
    made.close()


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def embeddings(home, server, *, name="desk", live=(1, "2026"), retention=None, say=silent):
    return Embeddings(home, name, live, server.spec, retention, say)


def answer(number, user=None, text="a question", at=TODAY):
    return {"id": f"chatcmpl-{number}", "status": 200, "release": "desk@1", "user": user, "key": "", "figures": {},
            "prompt": [{"role": "user", "content": text}], "answer": ["an answer"], "at": at.isoformat()}


def cells(text):
    return project(answered(text)["data"][0]["embedding"])


def asked(of, *records):
    """What is found of these records once the encoder has answered."""
    for record in records:
        assert list(of.take(record, True)) == []
    assert list(of.found()) == []
    of.settle()
    return list(of.found())


def kept(home):
    return [line for path in sorted(home.path.glob("embedded/*/*")) for line in path.read_text().splitlines()]


def test_no_look_waits_for_an_encoder_and_what_it_says_counts_once(home, server):
    server.speaks.clear()
    of = embeddings(home, server)
    assert list(of.take(answer(1, text="one"), True)) == []
    assert list(of.found()) == []
    until(lambda: server.shown)
    assert list(of.found()) == [], "the encoder is still thinking"
    server.speaks.set()
    assert of.settle()
    assert list(of.found()) == [(cells("one"), True)]
    assert list(of.found()) == []
    assert not of.settle()


def test_of_a_question_only_the_cells_are_kept_and_a_trail_that_is_read_again_asks_nothing(home, server):
    assert asked(embeddings(home, server), answer(1, text="my quokka is ill"), answer(2, text="toolong"))
    assert [json.loads(line) for line in kept(home)] == [
        {"id": "chatcmpl-1", "at": TODAY.isoformat(), "figure": cells("my quokka is ill")},
        {"id": "chatcmpl-2", "at": TODAY.isoformat(), "figure": None}]
    again = embeddings(home, server)
    assert list(again.take(answer(1), False)) == [(cells("my quokka is ill"), False)]
    assert list(again.take(answer(2), False)) == []
    assert len(server.shown) == 2


def test_what_is_not_sampled_or_has_no_text_or_says_nothing_is_not_shown(home, server):
    found = asked(embeddings(home, server), {**answer(1), "prompt": "to go on with"},
                  *[{key: value for key, value in answer(2).items() if key != gone} for gone in ("figures", "prompt")],
                  answer(3, text=""))
    assert found == [(cells("to go on with"), True)]
    assert server.shown == ["to go on with"]


def test_an_encoder_that_cannot_be_asked_is_told_once_and_tried_again(home, server):
    said = []
    of = embeddings(home, server, say=lambda _stage, text: said.append(text))
    server.status = 503
    assert asked(of, answer(1)) == []
    of.settle()
    assert [text.partition(":")[0] for text in said] == ["the encoder cannot be asked"]
    server.status = 200
    list(of.found())
    assert of.settle()
    assert list(of.found()) == [(cells("a question"), True)]


def test_nothing_is_kept_of_a_release_that_is_live_no_more(home, server):
    for name, live in (("desk", (1, "2026")), ("desk-two", (1, "2026")), ("desk", (2, "2026")), ("desk", (1, "2027"))):
        assert asked(embeddings(home, server, name=name, live=live), answer(1))
    assert len(list(home.path.glob("embedded/desk/*"))) == len(list(home.path.glob("embedded/desk-two/*"))) == 1


def test_nothing_is_kept_longer_than_the_record_need_be(home, server):
    days = (0, 29, 30, 31)
    of = embeddings(home, server, retention="30d")
    assert len(asked(of, *[answer(day, at=TODAY - timedelta(days=day)) for day in days])) == 4
    embeddings(home, server, retention="30d")
    assert [json.loads(line)["id"] for line in kept(home)] == ["chatcmpl-0", "chatcmpl-29"]


def test_what_a_person_took_back_is_shown_to_no_encoder(tmp_path, server):
    world = World(tmp_path)
    world.dataset(people("ann", "bo"))
    of = embeddings(world.home, server)
    withdraw(world.home, "ann", "mira", "asked")
    list(of.found())
    assert asked(of, *[answer(number, user, f"what {user} asks") for number, user in enumerate(("ann", "bo"))])
    assert server.shown == ["what bo asks"]


def test_what_is_taken_back_while_the_encoder_thinks_is_not_kept(tmp_path, server):
    world = World(tmp_path)
    world.dataset(people("ann", "bo"))
    server.speaks.clear()
    of = embeddings(world.home, server)
    for number, user in enumerate(("ann", "bo")):
        list(of.take(answer(number, user, f"what {user} asks"), True))
    list(of.found())
    until(lambda: len(server.shown) == 2)
    withdraw(world.home, "ann", "mira", "asked")
    list(of.found())
    server.speaks.set()
    of.settle()
    assert list(of.found()) == [(cells("what bo asks"), True)]
    assert [json.loads(line)["id"] for line in kept(world.home)] == ["chatcmpl-1"]


def test_a_withdrawal_takes_the_cells_away_and_no_monitor_that_runs_on_brings_them_back(tmp_path, server):
    world = World(tmp_path)
    world.dataset(people("ann", "bo"))
    of, audit = embeddings(world.home, server), Audit(world.home, "mira")
    records = answer(1, "ann"), answer(2, "bo"), answer(3, "ann")
    for record in records:
        audit.write(record)
    audit.close()
    assert len(asked(of, *records)) == 3
    assert verbs.withdraw("ann", why="asked", by="mira", home=world.home.path).answers == Answers(2, 2, 2)
    asked(of, answer(4, "bo"))
    assert [json.loads(line)["id"] for line in kept(world.home)] == ["chatcmpl-2", "chatcmpl-4"]
