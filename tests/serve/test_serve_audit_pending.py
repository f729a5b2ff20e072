"""Feedback on an answer of another machine is taken at once, and counts when the answer turns out to be that key's."""

import asyncio
import tempfile
from pathlib import Path

import httpx
import pytest
from gateways import running, until
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.home import Home
from tunewright.engine import FakeEngine
from tunewright.serve import audit, keys
from tunewright.serve.audit.pending import PATIENCE, Pending
from tunewright.serve.gateway import new_number

AT = "2026-11-25T10:00:00.000+00:00"


class Elsewhere(Home):
    """A machine with a folder of its own and the ledger and the store of another."""

    def __init__(self, path, other):
        path.mkdir()
        super().__init__(path)
        vars(self).update(ledger=other.ledger, store=other.store)


def shared(home):
    """As if the ledger were a database that several machines share."""
    home.ledger.url = "postgresql://shared"
    return home, Elsewhere(home.path / "elsewhere", home)


@pytest.fixture
def machines(tmp_path):
    return shared(Home(tmp_path))


def answer(key="", **more):
    return {"id": f"chatcmpl-{new_number()}", "at": AT, "key": key, "user": "u1", "status": 200, "request_id": "r",
            "release": "desk@1", "release_digest": "d", "model_digest": "m", **more}


def write(home, *written):
    trail = audit.Audit(home, "mira")
    for one in written:
        trail.write(one)
    trail.close()


def said_in(home):
    return [record for record in audit.records(home) if "feedback" in record]


def wait(pending, of, key="", name=None, **said):
    asyncio.run(pending.add(name or f"feedback-{new_number()}", AT, of, key, {"score": 1.0, **said}))


def test_it_becomes_a_record_like_any_other_when_the_answer_can_be_seen(machines):
    here, there = machines
    trail, given_ = audit.Audit(here, "mira"), answer("k1")
    pending = Pending(here, trail)
    assert pending.takes(given_["id"])
    wait(pending, given_["id"], "k1")
    asyncio.run(pending.look())
    assert said_in(here) == []
    write(there, given_)
    for _ in range(2):
        asyncio.run(pending.look())
    [record] = said_in(here)
    assert (record["of"], record["user"], record["release"], record["feedback"], record["at"]) == (
        given_["id"], "u1", "desk@1", {"score": 1.0}, AT)
    pending.close()
    trail.close()
    assert list((here.path / "pending").iterdir()) == []


def test_a_kill_between_the_record_and_its_end_of_waiting_makes_no_second_record(machines):
    here, there = machines
    trail, given_ = audit.Audit(here, "mira"), answer()
    pending = Pending(here, trail)
    wait(pending, given_["id"])
    [path] = (here.path / "pending").iterdir()
    before = path.read_bytes()
    write(there, given_)
    asyncio.run(pending.look())
    pending.close()
    path.write_bytes(before + b'{"half": "a li')
    asyncio.run(Pending(here, trail).look())
    assert len(said_in(here)) == 1
    trail.close()


@pytest.mark.parametrize("wrong", [{"key": "k2"}, {"status": 500}, {"shadow_of": "x"}])
def test_what_was_not_given_to_the_key_is_forgotten(machines, wrong):
    here, there = machines
    trail, given_ = audit.Audit(here, "mira"), answer(**{"key": "k1", **wrong})
    pending = Pending(here, trail)
    wait(pending, given_["id"], "k1")
    write(there, given_)
    asyncio.run(pending.look())
    assert said_in(here) == []
    assert pending._waiting == {}
    trail.close()


def test_words_are_kept_only_where_the_answers_record_has_some(machines):
    here, there = machines
    trail, bare, whole = audit.Audit(here, "mira"), answer(), answer(answer=["hm"], pii={})
    pending = Pending(here, trail)
    for one in (bare, whole):
        wait(pending, one["id"], comment="write to ann@example.org")
    write(there, bare, whole)
    asyncio.run(pending.look())
    told = {record["of"]: record["feedback"] for record in said_in(here)}
    assert set(told[bare["id"]]) == {"score", "comment_digest"}
    assert told[whole["id"]]["comment"] == "write to [EMAIL]"
    trail.close()


def test_an_answer_that_was_seen_by_nobody_in_time_is_forgotten_and_an_old_one_is_not_waited_for(machines):
    here, _ = machines
    now, trail, of = [0.0], audit.Audit(here, "mira"), f"chatcmpl-{'a' * 20}{1000:012x}"
    pending = Pending(here, trail, lambda: now[0])
    wait(pending, of)
    asyncio.run(pending.look())
    assert of in pending._waiting
    now[0] = PATIENCE + 2
    assert not pending.takes(of)
    asyncio.run(pending.look())
    assert pending._waiting == {}
    assert not pending.takes("chatcmpl-1")
    assert not pending.takes(f"chatcmpl-{'a' * 20}{10**7 * 1000:012x}"), "of a time to come"
    trail.close()


def test_where_the_ledger_is_one_machines_nothing_waits(tmp_path):
    home = Home(tmp_path)
    trail = audit.Audit(home, "mira")
    assert not Pending(home, trail).takes(f"chatcmpl-{new_number()}")
    trail.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.tuples(st.just("say"), st.sampled_from("kl"), st.integers(0, 3)),
                          st.sampled_from([("close", 0), ("close", 1), ("look",), ("kill",)])), max_size=12))
def test_whatever_happens_in_whatever_order_what_was_said_of_ones_own_answers_counts_once_and_no_more(happened):
    with tempfile.TemporaryDirectory() as room:
        here, there = shared(Home(Path(room)))
        trail, own = audit.Audit(here, "mira"), [answer("k"), answer("k"), answer("l"), answer("l")]
        segments = {0: own[::2], 1: own[1::2]}
        pending, expected = Pending(here, trail), set()
        for what, *more in [*happened, ("close", 0), ("close", 1), ("look",), ("look",)]:
            if what == "say" and audit.look(here, own[more[1]]["id"]) is None:
                name = f"feedback-{new_number()}"
                wait(pending, own[more[1]]["id"], more[0], name)
                expected |= {name} if own[more[1]]["key"] == more[0] else set()
            elif what == "close":
                write(there, *segments.pop(more[0], ()))
            elif what == "look":
                asyncio.run(pending.look())
            elif what == "kill":
                if pending._file:
                    pending._file[1].close()
                pending = Pending(here, trail)
        assert sorted(record["id"] for record in said_in(here)) == sorted(expected)
        pending.close()
        trail.close()
        here.ledger.close()


def test_a_client_may_speak_to_any_gateway(home):
    here, there = home, Elsewhere(home.path / "elsewhere", home)
    _, mine = keys.create(home, "mira", "mine", names=["desk"])
    _, other = keys.create(home, "mira", "other", names=["desk"])
    with running(here, FakeEngine()) as one:
        with running(there, FakeEngine()) as two:
            home.ledger.url = "postgresql://shared"  # only now: no such server is there for what gateways open
            given_ = two.asking(mine).chat.completions.create(
                model="desk", messages=[{"role": "user", "content": "a"}], user="u1")
            for key, thumbs in ((mine, "up"), (other, "down")):
                done = httpx.post(f"{one.url}/v1/feedback", json={"id": given_.id, "thumbs": thumbs},
                                  headers={"authorization": f"Bearer {key}"})
                assert (done.status_code, done.json()["text_kept"]) == (202, False)
            assert said_in(here) == []
        until(lambda: said_in(here))
    [record] = said_in(here)
    assert (record["feedback"]["thumbs"], record["user"]) == ("up", "u1")
    assert list(audit.verify(here)) == []
