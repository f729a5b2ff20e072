"""A home's ledger and store, brought to another database and another place."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.ledger import Ledger
from tunewright.core.store import Erased, Store


@dataclass(frozen=True)
class Copied:
    """How much was new in the other place."""

    entries: int
    objects: int
    erased: int


def copy(source: Home, ledger: Ledger, store: Store, progress: Callable[[int, int], None] = lambda *_: None) -> Copied:
    """Bring what lies in `source`'s own folder to `ledger` and `store`; what is there already is left.

    Objects come before the entries that name them, and what is erased here is erased there, so that a copy which is
    stopped can be taken up. The source is only read. Raises Conflict if the ledgers have gone different ways, Fault if
    either side cannot be used, Corrupt for an object that was changed.
    """
    if not (source.path / "ledger.sqlite").is_file():
        raise Fault(f"{source.path} has no ledger.sqlite: name the state folder to copy from with --home.")
    from_store = Store(str(source.path / "store"))
    objects, erased = _objects(from_store, store, progress), _markers(from_store, store)
    with tempfile.TemporaryDirectory() as temporary:
        # A copy, with what its log still holds: SQLite cannot read beside a log in a folder that it may not write.
        for name in ("ledger.sqlite", "ledger.sqlite-wal"):
            if (source.path / name).is_file():
                shutil.copyfile(source.path / name, Path(temporary) / name)
        from_ledger = Ledger(f"sqlite:///{temporary}/ledger.sqlite")
        try:
            entries = ledger.take(from_ledger.entries(after=ledger.head().number))
        finally:
            from_ledger.close()
    return Copied(entries, objects, erased)


def _objects(source: Store, target: Store, progress: Callable[[int, int], None]) -> int:
    there = frozenset(target.digests()) | target.all_erased()
    wanted = sorted(set(source.digests()) - there)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "object"
        for at, digest in enumerate(wanted):
            source.get_file(digest, path)
            target.put_file(path)
            progress(at + 1, len(wanted))
    return len(wanted)


def _markers(source: Store, target: Store) -> int:
    new = sorted(source.all_erased() - target.all_erased())
    for digest in new:
        marker = source.erased(digest)
        assert marker is not None
        target.erase(digest, Erased(**asdict(marker)))
    return len(new)
