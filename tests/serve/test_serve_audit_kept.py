"""Records are encrypted where there is a key, dropped when their time is over, and read wherever the store is."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from gateways import running, until
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright import registry
from tunewright.core.errors import Corrupt, Fault
from tunewright.core.home import Home
from tunewright.engine import FakeEngine
from tunewright.serve.audit import Audit, Trail, expire, find, folder, records, verify
from tunewright.serve.audit.write import CANARY_SECONDS, SEGMENT_SECONDS

OLD, NEW = "1" * 64, "2" * 64
WRITE = """
import os, sys; from pathlib import Path; from tunewright.core.home import Home
from tunewright.serve.audit import Audit, find
home = Home(Path(sys.argv[1]))
if sys.argv[2] == "write":
    audit = Audit(home, "mira")
    audit.write({"id": sys.argv[3], "at": "2026-01-01T00:00:00.000+00:00", "user": "a secret user", "key": "k"})
    audit.close()
else:
    print(find(home, sys.argv[3])["user"])
"""


def elsewhere(home, what, response, keys):
    """In a process of its own, with these keys in its environment: what it printed, and what went wrong."""
    done = subprocess.run([sys.executable, "-c", WRITE, str(home.path), what, response], text=True, check=False,
                          capture_output=True, env={**os.environ, "TUNEWRIGHT_AUDIT_KEY": keys})
    return done.stdout.strip(), done.stderr


@pytest.fixture
def bare(tmp_path):
    return Home(tmp_path)


def write(home, number, retention=None):
    audit = Audit(home, "mira", retention=retention)
    audit.write({"id": f"chatcmpl-{number}", "at": datetime.now(UTC).isoformat(timespec="milliseconds")})
    audit.close()


def today(days=0):
    return datetime.now(UTC).date() + timedelta(days=days)


def test_with_a_key_nothing_but_id_time_and_chain_can_be_read_and_the_chain_holds_without_it(bare):
    elsewhere(bare, "write", "chatcmpl-1", OLD)
    [path] = folder(bare).glob("*.jsonl")
    assert set(json.loads(path.read_text())) == {"id", "at", "with", "sealed", "previous", "line"}
    assert "secret" not in path.read_text()
    assert OLD not in path.read_text()
    assert list(verify(bare)) == []
    with pytest.raises(Fault, match="TUNEWRIGHT_AUDIT_KEY"):
        find(bare, "chatcmpl-1")
    assert elsewhere(bare, "read", "chatcmpl-1", OLD)[0] == "a secret user"


def test_a_new_key_writes_and_both_read(bare):
    elsewhere(bare, "write", "chatcmpl-1", OLD)
    elsewhere(bare, "write", "chatcmpl-2", f"{NEW},{OLD}")
    assert [elsewhere(bare, "read", f"chatcmpl-{number}", f"{NEW},{OLD}")[0] for number in (1, 2)] == [
        "a secret user"] * 2
    assert elsewhere(bare, "read", "chatcmpl-2", NEW)[0] == "a secret user"
    assert "encrypted with key" in elsewhere(bare, "read", "chatcmpl-1", NEW)[1]


def test_what_is_no_key_is_refused_and_not_shown(bare):
    told = elsewhere(bare, "write", "chatcmpl-1", "a-password")[1]
    assert "openssl rand -hex 32" in told
    assert "a-password" not in told


@pytest.mark.skipif(find_spec("cryptography") is None, reason="the extra `encrypt` is not installed")
@given(st.binary(min_size=32, max_size=32), st.dictionaries(st.text(max_size=8), st.text(max_size=20)), st.data())
@settings(max_examples=50)
def test_what_was_encrypted_opens_as_it_was_and_only_where_it_stood(key, more, data):
    from tunewright.serve.audit import cipher

    record = {**more, "id": "chatcmpl-1", "at": "now"}
    sealed = {**cipher.encrypted(record, "segment", key), "previous": "p", "line": "l"}
    assert cipher.opened(sealed, "segment", [key]) == {**record, "previous": "p", "line": "l"}
    other = data.draw(st.sampled_from([("id", "chatcmpl-2"), ("at", "then"), ("segment", "another")]))
    moved = {**sealed, **({} if other[0] == "segment" else {other[0]: other[1]})}
    with pytest.raises(Corrupt):
        cipher.opened(moved, other[1] if other[0] == "segment" else "segment", [key])


def test_a_segment_whose_time_is_over_is_dropped_and_the_rest_still_verifies(bare):
    write(bare, 1, "30d")
    assert expire(bare, "mira", today(29)) == []
    [name] = expire(bare, "mira", today(30))
    write(bare, 2)
    assert [record["id"] for record in records(bare)] == ["chatcmpl-2"]
    assert list(verify(bare)) == list(bare.ledger.verify()) == list(bare.store.verify()) == []
    [entry] = bare.ledger.entries(action="drop-audit")
    assert (entry.subject, entry.by, entry.why) == (name, "mira", "it is kept for 30d")
    assert not bare.store.has(entry.data["digest"])
    assert expire(bare, "mira", today(29)) == []


def test_each_segment_is_kept_for_its_own_time_whoever_drops(bare):
    for number, retention in enumerate(("30d", "2y", None, "90d")):
        write(bare, number, retention)
    left = []
    for days in (0, 31, 92, 800):
        expire(bare, "mira", today(days))
        left.append(sorted(int(record["id"][-1]) for record in records(bare)))
    assert left == [[0, 1, 2, 3], [1, 2, 3], [1, 2], [2]]


def test_a_segment_that_a_killed_gateway_left_is_kept_as_long_as_that_one_said(bare):
    write(bare, 1, "30d")
    [path] = folder(bare).iterdir()
    left = path.with_name(path.name.replace(path.name[16:24], "abandons"))
    left.write_bytes(path.read_bytes())
    Audit(bare, "ben", retention="2y").close()
    assert set(expire(bare, "mira", today(30))) == {path.name, left.name}


def test_a_dropped_segment_that_is_still_there_is_told_and_dropped_by_the_next_look(bare):
    write(bare, 1, "1d")
    [path] = folder(bare).glob("*.jsonl")
    content = path.read_bytes()
    expire(bare, "mira", date.max)
    path.write_bytes(content)
    [sentence] = verify(bare)
    assert "was to be dropped" in sentence
    expire(bare, "mira", today())
    assert list(verify(bare)) == []


def test_a_closed_segment_is_read_and_verified_without_the_disk_it_was_written_on(bare):
    write(bare, 1)
    shutil.rmtree(folder(bare))
    assert find(bare, "chatcmpl-1")["id"] == "chatcmpl-1"
    assert list(verify(bare)) == []


def test_a_reader_that_follows_sees_each_record_once_wherever_it_lies(bare):
    trail, audit = Trail(bare), Audit(bare, "mira")
    audit.write({"id": "chatcmpl-1", "at": "2026"})
    assert [record["id"] for record in trail.new()] == ["chatcmpl-1"]
    audit.write({"id": "chatcmpl-2", "at": "2026"})
    audit.write({"id": "chatcmpl-3", "at": "2026"})
    audit.close()
    shutil.rmtree(folder(bare))
    assert [record["id"] for record in trail.new()] == ["chatcmpl-2", "chatcmpl-3"]
    assert list(trail.new()) == []
    assert len(list(Trail(bare).new())) == 3


class Elsewhere(Home):
    """A machine with a folder of its own and the ledger and the store of another."""

    def __init__(self, path, other):
        super().__init__(path)
        vars(self).update(ledger=other.ledger, store=other.store)


@given(st.lists(st.tuples(st.sampled_from(["here", "there"]), st.sampled_from(["write", "close", "lose", "look"])),
                max_size=14))
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_closed_and_lost_in_any_order_is_seen_once_and_none_is_missed(happened):
    with tempfile.TemporaryDirectory() as room:
        (Path(room) / "other").mkdir()
        bare = Home(Path(room))
        homes = {"here": bare, "there": Elsewhere(Path(room) / "other", bare)}
        audits, trail, seen, written = {}, Trail(bare), [], []
        for where, what in [*happened, ("here", "close"), ("there", "close"), ("here", "look")]:
            if what == "write":
                audit = audits.setdefault(where, Audit(homes[where], "mira"))
                written.append(f"chatcmpl-{len(written)}")
                audit.write({"id": written[-1], "at": "2026"})
            elif what == "close" and where in audits:
                audits.pop(where).close()
            elif what == "lose" and where not in audits:
                shutil.rmtree(folder(homes[where]), ignore_errors=True)
            elif what == "look":
                seen += [record["id"] for record in trail.new()]
        assert sorted(seen) == sorted(written)
        assert len(list(trail.new())) == 0
        bare.ledger.close()


def test_a_segment_that_the_store_does_not_give_is_told_and_read_when_it_does(bare):
    write(bare, 1)
    [entry] = bare.ledger.entries(action="audit")
    content = bare.store.get(entry.data["digest"])
    shutil.rmtree(folder(bare))
    bare.store.drop(entry.data["digest"])
    trail = Trail(bare)
    assert list(trail.new()) == []
    assert "cannot be read" in trail.unread[0]
    with pytest.raises(Fault, match="cannot be read"):
        list(records(bare))
    bare.store.put(content)
    assert [record["id"] for record in trail.new()] == ["chatcmpl-1"]
    assert trail.unread == []


def test_a_half_written_line_waits_for_its_end_and_what_is_older_is_left_out(bare):
    folder(bare).mkdir()
    path, trail = folder(bare) / "a.jsonl", Trail(bare, "2026")
    path.write_text('{"id": "a", "at": "2026-01"}\n{"id": "b", "at": "2025-12"}\n{"id": "c", "at"')
    assert [record["id"] for record in trail.new()] == ["a"]
    with path.open("a") as stream:
        stream.write(': "2026-02"}\nnonsense\n')
    assert [record["id"] for record in trail.new()] == ["c"]
    assert list(trail.new()) == []


def test_a_segment_is_closed_when_its_time_is_over(bare):
    audit = Audit(bare, "mira", seconds=0)
    for number in range(3):
        audit.write({"id": f"chatcmpl-{number}", "at": "2026"})
    audit.close()
    assert len(list(bare.ledger.entries(action="audit"))) == 3


def test_segments_are_closed_soon_while_an_arm_is_out_and_a_monitor_may_be_elsewhere(home):
    with running(home, FakeEngine()) as gateway:
        registry.canary(home, "desk@2", 0.1, "mira", "try it")
        until(lambda: gateway.made.routes.registry.names["desk"].arms)
        assert gateway.made.audit.oldest == SEGMENT_SECONDS, "a SQLite ledger is one machine's"
        home.ledger.url = "postgresql://shared"  # only now: no such server is there for what gateways open
        registry.canary(home, "desk@2", 0.2, "mira", "try it more")
        until(lambda: gateway.made.audit.oldest == CANARY_SECONDS)
        registry.abort(home, "desk", "mira", "enough")
        until(lambda: gateway.made.audit.oldest == SEGMENT_SECONDS)
