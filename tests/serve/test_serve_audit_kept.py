"""Records are encrypted where there is a key, dropped when their time is over, and read wherever the store is."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import Corrupt, Fault
from tunewright.core.home import Home
from tunewright.serve.audit import Audit, expire, find, folder, following, records, verify

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


def write(home, number):
    audit = Audit(home, "mira")
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
    write(bare, 1)
    assert expire(bare, "30d", "mira", today(29)) == []
    [name] = expire(bare, "30d", "mira", today(30))
    write(bare, 2)
    assert [record["id"] for record in records(bare)] == ["chatcmpl-2"]
    assert list(verify(bare)) == list(bare.ledger.verify()) == list(bare.store.verify()) == []
    [entry] = bare.ledger.entries(action="drop-audit")
    assert (entry.subject, entry.by) == (name, "mira")
    assert not bare.store.has(entry.data["digest"])
    assert expire(bare, "30d", "mira", today(29)) == []


def test_a_dropped_segment_that_is_still_there_is_told_and_dropped_by_the_next_look(bare):
    write(bare, 1)
    [path] = folder(bare).glob("*.jsonl")
    content = path.read_bytes()
    expire(bare, "1d", "mira", date.max)
    path.write_bytes(content)
    [sentence] = verify(bare)
    assert "was to be dropped" in sentence
    expire(bare, "1d", "mira", today())
    assert list(verify(bare)) == []


def test_a_closed_segment_is_read_and_verified_without_the_disk_it_was_written_on(bare):
    write(bare, 1)
    shutil.rmtree(folder(bare))
    assert find(bare, "chatcmpl-1")["id"] == "chatcmpl-1"
    assert list(verify(bare)) == []


def test_a_reader_that_follows_sees_each_record_once_wherever_it_lies(bare):
    read, audit = {}, Audit(bare, "mira")
    audit.write({"id": "chatcmpl-1", "at": "2026"})
    assert [record["id"] for record in following(bare, read)] == ["chatcmpl-1"]
    audit.write({"id": "chatcmpl-2", "at": "2026"})
    assert [record["id"] for record in following(bare, read)] == ["chatcmpl-2"]
    audit.close()
    shutil.rmtree(folder(bare))
    assert list(following(bare, read)) == []
    assert len(list(following(bare, {}))) == 2


def test_a_segment_is_closed_when_its_time_is_over(bare):
    audit = Audit(bare, "mira", seconds=0)
    for number in range(3):
        audit.write({"id": f"chatcmpl-{number}", "at": "2026"})
    audit.close()
    assert len(list(bare.ledger.entries(action="audit"))) == 3
