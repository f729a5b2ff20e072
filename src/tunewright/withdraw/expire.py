"""Erase what has expired: records that may no longer be used go from what is kept, as those of a withdrawn person do.

They are not blocked, since whoever prepares data again leaves them out by their day; nothing is marked.
"""

from dataclasses import dataclass
from datetime import date

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.identity import actor
from tunewright.core.ledger import Entry
from tunewright.core.withdrawn import Details, keep_details
from tunewright.withdraw import erase
from tunewright.withdraw.reach import Reach, reach_of_expired
from tunewright.withdraw.rewrite import Traces, expired
from tunewright.withdraw.withdraw import key_of

ACTION = "expire"


@dataclass(frozen=True)
class Expired:
    """What was erased, or would be if there is no `entry`. `erased` counts as in `Withdrawal`."""

    reach: Reach
    entry: Entry | None
    erased: int = 0

    @property
    def records(self) -> int:
        """How many different records had expired."""
        return len(self.reach.held.keys)


def erase_expired(home: Home, day: date, by: str, why: str | None, *, dry_run: bool = False) -> Expired:
    """Erase the records of all datasets that may no longer be used on `day`. One entry in the ledger, if there are any.

    Raises Fault if no reason is given, or the key of earlier withdrawals is lost. Done again it finishes an erasure
    that was stopped.
    """
    if not dry_run and not (why and why.strip()):
        raise Fault("say why expired records are erased: --why REASON goes into the ledger.")
    # What was stopped half-way comes first, so that it is not found again.
    done = 0 if dry_run else sum(erase.erase(home, entry) for entry in home.ledger.entries(action=ACTION))
    found = reach_of_expired(home, day)
    if dry_run or not found.datasets or why is None:
        return Expired(found, None, done)
    traces = Traces(None, key_of(home))
    replaced = erase.left(home, found, expired(day), traces)
    entry = home.ledger.append(ACTION, "expired records", by=actor(by), why=why, data={
        "details": keep_details(home, Details((), replaced)), "until": day.isoformat(), "count": len(found.held.keys),
        "datasets": {name: list(parts) for name, parts in found.datasets.items()}, "models": list(found.models),
        "reports": list(found.reports), "erased": len(replaced)})
    done += erase.erase(home, entry)
    done += erase.clear_runs(home, found.datasets, traces)
    done += erase.clear_answers(home, found.held.keys)
    return Expired(found, entry, done)
