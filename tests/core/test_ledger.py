"""The ledger is one unbroken chain, whoever writes and however many."""

import multiprocessing
import sqlite3
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.core.errors import Conflict, Fault
from tunewright.core.ledger import EMPTY, Head, Ledger

COLUMNS = ("previous", "digest", "at", "by", "action", "subject", "why", "data")


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'ledger.sqlite'}"


def filled(folder: Path, count: int = 5) -> Ledger:
    ledger = Ledger(url(folder))
    for number in range(count):
        ledger.append("promote", f"desk@{number}", by="ada", why="because", data={"n": number})
    return ledger


def write(address: str, seconds: float) -> int:
    ledger, count, end = Ledger(address), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        ledger.append("note", "desk@1", by="writer", why="")
        count += 1
    return count


def test_entries_come_back_in_order_with_their_content(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    assert [entry.subject for entry in ledger.entries()] == [f"desk@{number}" for number in range(5)]
    assert [entry.number for entry in ledger.entries(after=3)] == [4, 5]
    assert [entry.data for entry in ledger.entries(subject="desk@2")] == [{"n": 2}]
    assert list(ledger.entries(action="rollback")) == []
    assert list(ledger.verify(ledger.head())) == []


def test_an_empty_ledger_is_sound(tmp_path: Path) -> None:
    ledger = Ledger(url(tmp_path))
    assert ledger.head() == EMPTY
    assert list(ledger.verify(EMPTY)) == []


def test_a_writer_that_lost_the_race_is_told(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    seen = ledger.head()
    ledger.append("note", "desk@1", by="bo", why="")
    with pytest.raises(Conflict, match="somebody else wrote"):
        ledger.append("promote", "desk@2", by="ada", why="", expect=seen)
    assert ledger.append("promote", "desk@2", by="ada", why="", expect=ledger.head()).number == 7


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=st.sampled_from(COLUMNS), number=st.integers(1, 5), position=st.integers(0, 10_000),
       flip=st.integers(1, 25))
def test_any_changed_byte_of_any_entry_is_named(
    tmp_path_factory: pytest.TempPathFactory, column: str, number: int, position: int, flip: int,
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    filled(folder)
    with sqlite3.connect(folder / "ledger.sqlite") as database:
        value = database.execute(f'SELECT "{column}" FROM entries WHERE number = ?', (number,)).fetchone()[0]
        at = position % len(value)
        letter = chr((ord(value[at]) - 32 + flip) % 95 + 32)
        changed = value[:at] + letter + value[at + 1:]
        database.execute(f'UPDATE entries SET "{column}" = ? WHERE number = ?', (changed, number))
    database.close()
    broken = list(Ledger(url(folder)).verify())
    assert any(f"entry {number}" in sentence for sentence in broken)


def test_a_removed_entry_is_named(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
        database.execute("DELETE FROM entries WHERE number = 3")
    database.close()
    assert any("entry 3 is missing" in sentence for sentence in ledger.verify())


def test_a_cut_tail_is_named_against_an_exported_head(tmp_path: Path) -> None:
    """The one who cuts the tail also mends the head row: only a head kept elsewhere can tell."""
    ledger = filled(tmp_path)
    exported = ledger.head()
    last = list(ledger.entries())[3]
    with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
        database.execute("DELETE FROM entries WHERE number > 4")
    database.close()
    assert any("head names entry 5" in sentence for sentence in ledger.verify())
    with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
        database.execute("UPDATE head SET number = 4, digest = ?", (last.digest,))
    database.close()
    assert list(ledger.verify()) == []
    assert list(ledger.verify(exported)) == ["ledger: entry 5 of the exported head is gone; the last is 4."]
    assert list(ledger.verify(Head(4, "0" * 64))) == ["ledger: entry 4 of the exported head was changed since."]


def test_eight_processes_at_once_leave_one_unbroken_chain(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        counts = pool.starmap(write, [(url(tmp_path), 2.0)] * 8, chunksize=1)
    ledger = Ledger(url(tmp_path))
    assert min(counts) > 0
    assert ledger.head().number == sum(counts)
    assert list(ledger.verify()) == []


def test_reading_does_not_keep_a_writer_waiting(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    walk = ledger.entries()
    next(walk)
    assert Ledger(url(tmp_path)).append("note", "x", by="bo", why="").number == 6


@pytest.mark.parametrize("bad", ["nonsense", "nosuch://place", "sqlite:////no/such/folder/ledger.sqlite"])
def test_a_ledger_that_cannot_be_opened_is_refused_in_one_sentence(bad: str) -> None:
    with pytest.raises(Fault) as caught:
        Ledger(bad).head()
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("this is no database, but a letter to somebody" * 50)
    with pytest.raises(Fault, match="cannot be opened"):
        Ledger(url(tmp_path))


def open_at(address: str, moment: float) -> int:
    time.sleep(max(0.0, moment - time.time()))
    return Ledger(address).head().number


def test_a_ledger_opened_by_many_at_the_same_moment_is_made_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        pool.starmap(open_at, [(url(tmp_path), 0.0)] * 8, chunksize=1)  # all have imported what they need
        for number in range(10):
            address = f"sqlite:///{tmp_path / str(number)}.sqlite"
            assert pool.starmap(open_at, [(address, time.time() + 0.05)] * 8, chunksize=1) == [0] * 8


def test_a_ledger_is_quiet_only_while_nobody_writes(tmp_path: Path) -> None:
    ledger, other = filled(tmp_path), Ledger(url(tmp_path))
    assert not ledger.quiet()
    assert ledger.quiet()
    for writer in (other, ledger, other):
        writer.append("note", "desk@1", by="bo", why="")
        assert not ledger.quiet()
        assert ledger.quiet()
