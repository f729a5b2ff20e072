import pickle

import pytest

from tunewright.core.digest import canonical
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.withdrawn import KEY, Withdrawn, make_key, proof_of, seal, withdrawn

RECORD = "ab" * 32


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


def withdraw(home: Home, subject: str, *records: str) -> int:
    """An entry as a withdrawal writes it."""
    key = make_key(home)
    sealed = [seal(key, "record", record[:32]) for record in records]
    details = home.store.put(canonical({"withdrawal": {"records": sealed, "erased": {}}}))
    return home.ledger.append("withdraw", seal(key, "subject", subject), by="mira", why="asked",
                              data={"seal": proof_of(key), "details": details, "datasets": {}}).number


def test_without_a_withdrawal_nothing_is_withdrawn_and_no_key_is_made(home):
    assert withdrawn(home) == Withdrawn()
    assert withdrawn(home).entry("ann", RECORD) is None
    assert not (home.path / KEY).exists()


def test_a_subject_is_known_by_the_entry_that_withdrew_it(home):
    number = withdraw(home, "ann")
    assert withdrawn(home).entry("ann", RECORD) == number
    assert withdrawn(home).entry("ben", RECORD) is None
    assert withdrawn(home).entry(None, RECORD) is None


def test_a_record_that_names_nobody_is_known_by_what_it_says(home):
    number = withdraw(home, "ann", RECORD)
    found = withdrawn(home)
    assert found.entry(None, RECORD) == number
    assert found.entry(None, "cd" * 32) is None
    assert found.entry("ben", RECORD) is None, "another person may have said the same"


def test_the_ledger_does_not_say_who_it_was(home):
    withdraw(home, "ann@example.org", RECORD)
    (entry,) = home.ledger.entries()
    assert "ann" not in str(entry)
    assert entry.subject != seal(b"another key of a home", "subject", "ann@example.org")


def test_the_key_is_the_owners_alone(home):
    make_key(home)
    assert (home.path / KEY).stat().st_mode & 0o077 == 0


def test_the_key_stays_the_same(home):
    assert make_key(home) == make_key(Home(home.path))


def test_a_lost_key_is_told_and_nothing_goes_on(home):
    withdraw(home, "ann")
    (home.path / KEY).unlink()
    with pytest.raises(Fault, match=r"key of the withdrawals \(ledger entry 1\) is gone"):
        withdrawn(home)


def test_another_key_is_told_and_nothing_goes_on(home):
    withdraw(home, "ann")
    (home.path / KEY).write_text("00" * 32)
    with pytest.raises(Fault, match="is another one"):
        withdrawn(home)


def test_a_key_that_is_none_is_told(home):
    (home.path / KEY).write_text("no key")
    with pytest.raises(Fault, match="32 to 128 hexadecimal digits"):
        make_key(home)


def test_it_travels_to_a_worker(home):
    withdraw(home, "ann", RECORD)
    assert pickle.loads(pickle.dumps(withdrawn(home))) == withdrawn(home)
