"""Whether what was erased is told by the ledger, and only that."""

from collections.abc import Iterator

from tunewright.core import withdrawn
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.ledger import Entry
from tunewright.core.withdrawn import details
from tunewright.withdraw import expire


def erasures(home: Home) -> dict[int, int]:
    """How many objects each withdrawal, and each erasure of what had expired, erased, by the number of its entry; those
    that erased none are left out.
    """
    return {entry.number: entry.data["erased"] for entry in _entries(home) if entry.data["erased"]}


def _entries(home: Home) -> Iterator[Entry]:
    """The entries that erase, in their order."""
    for entry in home.ledger.entries():
        if entry.action in (withdrawn.ACTION, expire.ACTION):
            yield entry


def verify(home: Home) -> Iterator[str]:
    """One sentence for each object that is marked as erased and no entry says so, and each that should be erased and
    is still there or has no marker.
    """
    told: dict[str, tuple[int, str]] = {}
    for entry in _entries(home):
        try:
            told |= {digest: (entry.number, instead) for digest, instead in details(home, entry).erased.items()}
        except (Fault, KeyError, TypeError, ValueError) as error:
            yield f"ledger entry {entry.number}: what it erased cannot be read: {str(error).rstrip('.')}."
    marked = home.store.all_erased()
    for digest in sorted(marked | told.keys()):
        entry_and_left = told.get(digest)
        if entry_and_left is None:
            yield f"object {digest} is marked as erased, and no entry of the ledger says so: restore it from a copy."
            continue
        number, instead = entry_and_left
        if home.store.has(digest):
            yield (f"object {digest} was to be erased by ledger entry {number} and is still there: do again what "
                   "the entry did, which goes on where that stopped.")
        elif (marker := home.store.erased(digest)) is None or (marker.entry, marker.instead) != (number, instead):
            yield f"object {digest} was erased by ledger entry {number}, and its marker says something else."
        elif not home.store.has(instead) and instead not in marked:
            yield f"object {instead}, which is left of an erased one (ledger entry {number}), is not in the store."
