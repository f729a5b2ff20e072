"""Withdraw a person: one ledger entry, from which everything else follows.

The records are blocked from any later run, releases that came from them are marked, and what is kept of them is
erased. The entry names the person by a keyed digest only (core/withdrawn.py).
"""

from dataclasses import dataclass
from typing import Any

from tunewright.core import withdrawn
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.identity import actor
from tunewright.core.ledger import Entry
from tunewright.data.provenance import person as form
from tunewright.tuning import Files
from tunewright.withdraw import erase, rewrite
from tunewright.withdraw.reach import Reach, reach


@dataclass(frozen=True)
class Answers:
    """What live traffic left: how many records of the gateways' audit trail name the person, how many of these hold
    text, and how many figures of judges and encoders were taken away.
    """

    named: int
    with_text: int
    figures: int


@dataclass(frozen=True)
class Withdrawal:
    """What was done. `entry` is None for a dry run; `again`: the person had withdrawn before, and nothing was new.

    `erased` counts the objects that were replaced by what is left of them, and files in the folders of runs. `answers`
    is added by who may read the audit trail (monitor/withdrawal.py); None if nobody could.
    """

    reach: Reach
    entry: Entry | None
    erased: int = 0
    again: bool = False
    answers: Answers | None = None

    @property
    def records(self) -> int:
        """How many different records of the person were found."""
        return len(self.reach.held.keys)


def withdraw(
    home: Home, subject: str, by: str, why: str, *, keep: bool = False, dry_run: bool = False,
) -> Withdrawal:
    """Withdraw the records of `subject`. With `keep` they are blocked and marked, and nothing is erased.

    Raises Fault if no reason or subject is given, or the key of earlier withdrawals is lost. Datasets that cannot be
    read are named in `reach.held.unknown`. Done again, it finds what came since, and finishes an erasure that was
    stopped.
    """
    person = form(subject)
    if person is None:
        raise Fault("no subject is named: give the id that the `subject` column of the records holds.")
    if not why.strip():
        raise Fault("say why the records are withdrawn: --why REASON goes into the ledger; name nobody there.")
    found = reach(home, person)
    if dry_run:
        return Withdrawal(found, None)
    key = key_of(home)
    sealed = withdrawn.seal(key, "subject", person)
    told, changed, entry = found, 0, None
    while True:
        before = list(home.ledger.entries(action=withdrawn.ACTION, subject=sealed))
        records = {withdrawn.seal(key, "record", one) for one in found.held.keys}
        traces = rewrite.Traces(person, key)
        erased = {} if keep else erase.left(home, found, rewrite.of_person(person, found.held.keys), traces)
        if before and not erased and _covered(home, before, records, found):
            return Withdrawal(told, entry or before[-1], changed + _erase(home, before), again=entry is None)
        data = _data(home, key, found, records, erased)
        entry = home.ledger.append(withdrawn.ACTION, sealed, by=actor(by), why=why, data=data)
        changed += _erase(home, [*before, entry])
        if not keep:
            changed += erase.clear_runs(home, found.datasets, traces)
            changed += erase.clear_answers(home, {*found.held.keys, *traces.ids})
            changed += Files(home).without(person)
        found = reach(home, person)  # a dataset may have been made between our look and our entry


def _data(home: Home, key: bytes, found: Reach, records: set[str], erased: dict[str, str]) -> dict[str, Any]:
    """What the entry holds: enough to mark, to block, and to tell what was erased; nothing that names the person."""
    return {
        "seal": withdrawn.proof_of(key), "count": len(records),
        "details": withdrawn.keep_details(home, withdrawn.Details(tuple(records), erased)),
        "datasets": {name: list(parts) for name, parts in found.datasets.items()}, "models": list(found.models),
        "reports": list(found.reports), "releases": {one.digest: one.reference for one in found.releases},
        "live": [one.reference for one in found.live], "erased": len(erased)}


def key_of(home: Home) -> bytes:
    """The home's key; if the ledger holds withdrawals it must be theirs."""
    first = next(home.ledger.entries(action=withdrawn.ACTION), None)
    return withdrawn.find_key(home, first.data["seal"], first.number) if first else withdrawn.make_key(home)


def _covered(home: Home, before: list[Entry], records: set[str], found: Reach) -> bool:
    """Whether earlier entries about the person say all that this one would."""
    said = {record for entry in before for record in withdrawn.details(home, entry).records}
    known = {digest for entry in before for name in ("datasets", "models", "reports") for digest in entry.data[name]}
    return records <= said and {*found.datasets, *found.models, *found.reports} <= known


def _erase(home: Home, entries: list[Entry]) -> int:
    return sum(erase.erase(home, entry) for entry in entries)
