"""Whose records may no longer be used: what the ledger's withdrawals say, without saying who it was.

The ledger is never changed, so a subject's id must not stand in it. It holds a keyed digest (BLAKE2b, RFC 7693) whose
key lies in the home, outside ledger and store: who has the ledger alone cannot try out ids.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tunewright.core.digest import canonical
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.ledger import Entry

ACTION = "withdraw"
KEY = "withdrawal.key"
VARIABLE = "TUNEWRIGHT_WITHDRAWAL_KEY"
_SIZE = 16  # bytes of a sealed digest


def seal(key: bytes, kind: str, value: str) -> str:
    """The keyed digest of a `subject` or `record`, 32 hexadecimal digits; a kind's digests are never another's."""
    return blake2b(value.encode(), digest_size=_SIZE, key=key, person=kind.encode()).hexdigest()


@dataclass(frozen=True)
class Withdrawn:
    """Sealed subjects and records, each with the number of the ledger entry that withdrew it. It pickles.

    `datasets` are those that held such records.
    """

    key: bytes = b""
    subjects: Mapping[str, int] = field(default_factory=dict)
    records: Mapping[str, int] = field(default_factory=dict)
    datasets: frozenset[str] = frozenset()

    def entry(self, subject: str | None, record: str) -> int | None:
        """The entry that withdrew this record, or None. `record` is its key, as data/same.py makes it.

        A record that names another subject is that one's own, whatever it says; one that names nobody is withdrawn
        if it says what a withdrawn record said.
        """
        if subject is not None:
            return self.subjects.get(seal(self.key, "subject", subject)) if self.subjects else None
        return self.records.get(seal(self.key, "record", record[:2 * _SIZE])) if self.records else None


def withdrawn(home: Home) -> Withdrawn:
    """What has been withdrawn. Raises Fault if there were withdrawals and their key is lost."""
    subjects: dict[str, int] = {}
    records: dict[str, int] = {}
    datasets: set[str] = set()
    key = b""
    for entry in home.ledger.entries(action=ACTION):
        key = key or find_key(home, entry.data["seal"], entry.number)
        subjects.setdefault(entry.subject, entry.number)
        for record in details(home, entry).records:
            records.setdefault(record, entry.number)
        datasets.update(entry.data["datasets"])
    return Withdrawn(key, subjects, records, frozenset(datasets))


@dataclass(frozen=True)
class Details:
    """What the store keeps of a withdrawal, named by its entry: the sealed keys of its records, and its erased objects,
    each with what is left of it.
    """

    records: tuple[str, ...]
    erased: Mapping[str, str]


def details(home: Home, entry: Entry) -> Details:
    """What a withdrawal's entry keeps in the store. Raises Fault, KeyError or TypeError if it is not as written."""
    kept: Any = home.store.get_json(entry.data["details"])["withdrawal"]
    return Details(tuple(kept["records"]), dict(kept["erased"]))


def keep_details(home: Home, kept: Details) -> str:
    """Keep them; return their digest."""
    return home.store.put(canonical({"withdrawal": {"records": sorted(kept.records), "erased": dict(kept.erased)}}))


def find_key(home: Home, proof: str, number: int) -> bytes:
    """The key whose proof ledger entry `number` holds. Raises Fault if it is gone or another."""
    key = _read(home)
    if key is None or proof_of(key) != proof:
        state = "gone" if key is None else "another one"
        raise Fault(f"the key of the withdrawals (ledger entry {number}) is {state}, so nobody can tell which records "
                    f"were withdrawn: restore {home.path / KEY} from a copy, or set {VARIABLE}.")
    return key


def proof_of(key: bytes) -> str:
    """What tells this key from another, and not what it is."""
    return seal(key, "proof", "")


def make_key(home: Home) -> bytes:
    """The home's key, made if there is none. Raises Fault if it cannot be written."""
    key = _read(home)
    if key is not None:
        return key
    path = home.path / KEY
    made = secrets.token_bytes(32)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was first
        return make_key(home)
    except OSError as error:
        raise Fault(f"{path} cannot be written ({error.strerror}): mend its rights, or set {VARIABLE}.") from error
    with os.fdopen(descriptor, "w") as stream:
        stream.write(made.hex() + "\n")
    return made


def _read(home: Home) -> bytes | None:
    path: Path = home.path / KEY
    where, text = VARIABLE, os.environ.get(VARIABLE)
    if not text and path.exists():
        where, text = str(path), path.read_text(encoding="ascii")
    if not text:
        return None
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if not 16 <= len(key) <= 64:
        raise Fault(f"{where} is no key: it should be 32 to 128 hexadecimal digits.")
    return key
