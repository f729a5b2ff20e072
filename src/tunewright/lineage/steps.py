"""The steps that the monitor took with a release while it was a canary, each with the evidence that its entry names."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.ledger import Entry
from tunewright.core.records import Evidence
from tunewright.lineage.walk import Link, link, load

WATCHED = "watched"
"""The key of an entry's data that holds the digest of its evidence."""


@dataclass(frozen=True)
class Step:
    """An entry that moved a canary, and its evidence."""

    entry: Entry
    evidence: Link


def steps(home: Home, release: str) -> Iterator[Step]:
    """The steps of a release (its digest), oldest first. Raises Fault if an evidence is gone."""
    for entry in _entries(home):
        found = load(home, entry.data[WATCHED])
        if isinstance(found, Evidence) and found.release == release:
            yield Step(entry, link(found))


def unproven(home: Home) -> Iterator[str]:
    """One sentence for each step whose evidence is gone, or is of another release than its entry names."""
    for entry in _entries(home):
        try:
            found = load(home, entry.data[WATCHED])
        except (Fault, ValidationError, ValueError) as error:
            yield f"ledger entry {entry.number}: the evidence of its step cannot be read: {str(error).rstrip('.')}."
            continue
        about = (found.live if found.move == "abort" else found.canary) if isinstance(found, Evidence) else None
        if about != entry.subject:
            yield f"ledger entry {entry.number}: the evidence of its step is not about {entry.subject}."


def _entries(home: Home) -> Iterator[Entry]:
    """The entries that name evidence; an incident tells of a step that has an entry of its own."""
    return (entry for entry in home.ledger.entries() if WATCHED in entry.data and entry.action != "incident")
