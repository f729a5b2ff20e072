"""Dropping what is older than the policy lets it be kept: whole segments, each by an entry of the ledger.

A segment's chain is its own, and the ledger's goes on over the entry that closed it: `verify` holds.
"""

from datetime import UTC, date, datetime

from tunewright.core.home import Home
from tunewright.data.retention import expires
from tunewright.serve.audit.segment import DROP, anchors, dropped, folder


def expire(home: Home, retention: str, by: str, today: date | None = None) -> list[str]:
    """Drop every segment that was closed longer than `retention` (`90d`, `6m`, `2y`) ago; return their names.

    The entry is written first: what a kill leaves half done is done at the next call. Raises Fault if it cannot be.
    """
    today = today or datetime.now(UTC).date()
    entries, gone = anchors(home), dropped(home)
    over = [name for name, entry in entries.items() if name not in gone
            and expires(date.fromisoformat(entry.at[:10]), retention) <= today]
    for name in over:
        home.ledger.append(DROP, name, by=by, why=f"it is kept for {retention}",
                           data={"digest": entries[name].data["digest"]})
    for name in [*gone, *over]:
        if name in entries:
            (folder(home) / name).unlink(missing_ok=True)
            home.store.drop(entries[name].data["digest"])
    return over
