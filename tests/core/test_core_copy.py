"""A home is brought elsewhere whole, and only what is new the next time."""

import pytest

from tunewright.core.copy import Copied, copy
from tunewright.core.errors import Conflict, Corrupt, Fault
from tunewright.core.home import Home
from tunewright.core.ledger import Ledger
from tunewright.core.store import Erased, Store


@pytest.fixture
def source(tmp_path):
    home = Home(tmp_path / "from")
    home.path.mkdir()
    for number in range(3):
        kept = home.store.put(b"%d" % number)
        home.ledger.append("note", f"object {number}", by="mira", why="a test", data={"is": kept})
    return home


@pytest.fixture
def target(tmp_path):
    return Ledger(f"sqlite:///{tmp_path}/to.sqlite"), Store(str(tmp_path / "to"))


def test_entries_and_objects_are_there_as_they_were(source, target):
    assert copy(source, *target) == Copied(3, 3, 0)
    ledger, store = target
    assert list(ledger.entries()) == list(source.ledger.entries())
    assert ledger.head() == source.ledger.head()
    assert sorted(store.digests()) == sorted(source.store.digests())
    assert [*ledger.verify(), *store.verify()] == []


def test_only_what_is_new_is_copied_the_next_time(source, target):
    copy(source, *target)
    source.ledger.append("note", "one more", by="mira", why="a test")
    source.store.put(b"one more")
    assert copy(source, *target) == Copied(1, 1, 0)
    assert copy(source, *target) == Copied(0, 0, 0)


def test_what_was_erased_is_erased_in_the_copy_too(source, target):
    copy(source, *target)
    digest = source.store.put(b"1")
    source.store.erase(digest, Erased(2, source.store.put(b"left")))
    assert copy(source, *target) == Copied(0, 1, 1)
    assert not target[1].has(digest)
    assert target[1].erased(digest) == source.store.erased(digest)
    assert copy(source, *target) == Copied(0, 0, 0)


def test_ledgers_that_have_gone_different_ways_are_left_as_they_are(source, target):
    copy(source, *target)
    target[0].append("note", "there", by="ann", why="a test")
    source.ledger.append("note", "here", by="mira", why="a test")
    source.ledger.append("note", "and here", by="mira", why="a test")
    before = list(target[0].entries())
    with pytest.raises(Conflict, match="different ways"):
        copy(source, *target)
    assert list(target[0].entries()) == before


def test_a_changed_object_stops_the_copy_before_any_entry(source, target):
    digest = next(iter(source.store.digests()))
    (source.path / "store" / "objects" / digest[:2] / digest[2:]).write_bytes(b"other")
    with pytest.raises(Corrupt, match="was changed"):
        copy(source, *target)
    assert target[0].head().number == 0


def test_a_source_that_may_not_be_written_is_only_read(source, target):
    source.ledger.close()
    (source.path / "ledger.sqlite").chmod(0o400)
    assert copy(source, *target).entries == 3


def test_a_folder_without_a_ledger_is_refused(tmp_path, target):
    with pytest.raises(Fault, match=r"no ledger.sqlite.*--home"):
        copy(Home(tmp_path), *target)
