"""Dropping what is older than the policy lets it be kept: whole segments, each by an entry of the ledger.

A segment's name says how long it is kept, as the gateway's policy said when it was written: so any gateway drops those
of all, a later policy is for later answers, and one that somebody adopts keeps its own time. A segment's chain is its
own, and the ledger's goes on over the entry that closed it: `verify` holds.
"""

import re
from datetime import UTC, date, datetime

from tunewright.core.home import Home
from tunewright.data.retention import expires
from tunewright.serve.audit.segment import DROP, anchors, dropped, folder

_KEPT = re.compile(r"-([1-9]\d*[dmy])\.jsonl$")


def expire(home: Home, by: str, today: date | None = None) -> list[str]:
    """Drop every segment that was closed longer ago than it is kept for; return their names.

    The entry is written first: what a kill leaves half done is done at the next call. Raises Fault if it cannot be.
    """
    today = today or datetime.now(UTC).date()
    entries, gone = anchors(home), dropped(home)
    over = {name: kept for name, entry in entries.items() if name not in gone and (kept := kept_for(name))
            and expires(date.fromisoformat(entry.at[:10]), kept) <= today}
    for name, kept in over.items():
        home.ledger.append(DROP, name, by=by, why=f"it is kept for {kept}",
                           data={"digest": entries[name].data["digest"]})
    for name in [*gone, *over]:
        if name in entries:
            (folder(home) / name).unlink(missing_ok=True)
            home.store.drop(entries[name].data["digest"])
    return list(over)


def kept_for(name: str) -> str | None:
    """How long a segment is kept (`90d`, `6m`, `2y`); None for good."""
    found = _KEPT.search(name)
    return found[1] if found else None
