"""The ledger: append-only, hash-chained entries of who did what to which digest, when and why.

Each entry's digest covers its content and the digest of the entry before it. The head is one row that is moved by
compare-and-swap, so two writers never fork the chain. SQLite in WAL mode by default, PostgreSQL by URL.
"""

import json
import random
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from tunewright.core.database import connect
from tunewright.core.digest import canonical, digest_json
from tunewright.core.errors import Conflict, Fault

GENESIS = "0" * 64
_PATIENCE = 30.0  # seconds a writer keeps trying while others hold the database

_tables = sa.MetaData()
_entries = sa.Table(
    "entries", _tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("previous", sa.String(64), nullable=False, unique=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("action", sa.String(40), nullable=False, index=True),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)
_head = sa.Table(
    "head", _tables,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
)


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. `at` is UTC, ISO 8601; `subject` is a digest or a reference such as `name@3`."""

    number: int
    previous: str
    digest: str
    at: str
    by: str
    action: str
    subject: str
    why: str
    data: dict[str, Any]

    def sealed(self) -> str:
        """The digest that this entry's content and predecessor give."""
        content = asdict(self)
        del content["digest"]
        return digest_json(content)


@dataclass(frozen=True)
class Head:
    """The last entry: its number and digest. Export it to prove later that nothing was cut off."""

    number: int
    digest: str


EMPTY = Head(0, GENESIS)


class Ledger:
    """The chain at a database URL. The tables are made at first use."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = connect(url, _tables)
        self._watching: sa.PoolProxiedConnection | None = None
        self._version: int | None = None

    def close(self) -> None:
        """Give the database's connections back."""
        if self._watching is not None:
            self._watching.close()
        self._engine.dispose()

    def quiet(self) -> bool:
        """Whether nobody, beyond doubt, has written since this was asked before: for who follows a ledger closely.

        SQLite tells in a few microseconds (`PRAGMA data_version`); other databases leave it in doubt: ask for `head`.
        """
        if self._engine.dialect.name != "sqlite":
            return False
        before = self._version
        try:
            self._watching = self._watching or self._engine.raw_connection()
            cursor = self._watching.cursor()
            cursor.execute("PRAGMA data_version")
            [(self._version,)] = cursor.fetchall()  # all of it: a statement that is not done keeps the log from ending
        except (sqlite3.Error, DatabaseError):
            self._version = None
        return before is not None and before == self._version

    def head(self) -> Head:
        """The last entry's number and digest; EMPTY when there is none."""
        with self._engine.connect() as connection:
            return self._head(connection)

    @staticmethod
    def _head(connection: sa.Connection) -> Head:
        row = connection.execute(sa.select(_head.c.number, _head.c.digest)).first()
        return Head(row.number, row.digest) if row else EMPTY

    def append(
        self, action: str, subject: str, *, by: str, why: str, data: dict[str, Any] | None = None,
        expect: Head | None = None,
    ) -> Entry:
        """Add one entry at the end.

        With `expect`, raises Conflict if the head is no longer that one; without, it retries after other writers.
        Raises Fault if the database cannot be written.
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return self._try(action, subject, by, why, data or {}, expect)
            except (IntegrityError, _Lost) as error:
                if expect is not None:
                    raise Conflict(
                        f"{subject}: somebody else wrote to the ledger meanwhile; look at `tunewright log` "
                        "and try again.") from error
            except OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise _unwritable(self.url, error) from error
            except DatabaseError as error:
                raise _unwritable(self.url, error) from error
            if time.monotonic() > deadline:
                raise Fault(f"the ledger was busy for {_PATIENCE:.0f} s: try again when fewer writers are at work.")
            time.sleep(random.uniform(0.001, 0.01))

    def _try(
        self, action: str, subject: str, by: str, why: str, data: dict[str, Any], expect: Head | None,
    ) -> Entry:
        with self._engine.begin() as connection:
            head = self._head(connection)
            if expect is not None and head != expect:
                raise _Lost
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            draft = Entry(head.number + 1, head.digest, "", at, by, action, subject, why, data)
            entry = Entry(**{**asdict(draft), "digest": draft.sealed()})
            self._move(connection, head, Head(entry.number, entry.digest))
            connection.execute(_entries.insert().values(**asdict(entry) | {"data": canonical(entry.data).decode()}))
        return entry

    def entries(
        self, after: int = 0, action: str | None = None, subject: str | None = None,
    ) -> Iterator[Entry]:
        """Entries in order, from number `after` + 1, narrowed by action and subject."""
        query = sa.select(_entries).where(_entries.c.number > after).order_by(_entries.c.number)
        if action is not None:
            query = query.where(_entries.c.action == action)
        if subject is not None:
            query = query.where(_entries.c.subject == subject)
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                values = list(row)
                values[-1] = _parsed(values[-1])
                yield Entry(*values)

    def take(self, entries: Iterable[Entry]) -> int:
        """Add entries of another ledger as they are, each of which must follow the last; return how many.

        All or none of them. Raises Conflict if one does not follow, Fault if the database cannot be written.
        """
        try:
            with self._engine.begin() as connection:
                first = head = self._head(connection)
                for entry in entries:
                    follows = (entry.number, entry.previous) == (head.number + 1, head.digest)
                    if not follows or entry.sealed() != entry.digest:
                        raise Conflict(f"entry {entry.number} of the other ledger does not follow entry {head.number} "
                                       f"of {shown(self.url)}: they have gone different ways; use one of them.")
                    head = Head(entry.number, entry.digest)
                    connection.execute(_entries.insert().values(
                        **asdict(entry) | {"data": canonical(entry.data).decode()}))
                if head != first:
                    self._move(connection, first, head)
        except DatabaseError as error:
            raise _unwritable(self.url, error) from error
        except _Lost as error:
            raise Conflict(f"somebody else wrote to {shown(self.url)} meanwhile: try again.") from error
        return head.number - first.number

    @staticmethod
    def _move(connection: sa.Connection, before: Head, after: Head) -> None:
        """Move the head by compare-and-swap. Raises _Lost if it is no longer where it was."""
        new = {"number": after.number, "digest": after.digest}
        if before == EMPTY:
            connection.execute(_head.insert().values(one=1, **new))
        elif connection.execute(_head.update().where(_head.c.digest == before.digest).values(**new)).rowcount != 1:
            raise _Lost

    def verify(self, exported: Head | None = None) -> Iterator[str]:
        """One sentence for each break: a changed entry, a gap, a moved head, an exported head that is gone."""
        before, last = self.head(), EMPTY
        at = {0: GENESIS}
        for entry in self.entries():
            if entry.number != last.number + 1:
                yield f"ledger: entry {last.number + 1} is missing before entry {entry.number}."
            elif entry.previous != last.digest:
                yield f"ledger: entry {entry.number} does not follow entry {last.number}: one of them was changed."
            if entry.sealed() != entry.digest:
                yield f"ledger: entry {entry.number} was changed after it was written."
            last = Head(entry.number, entry.digest)
            at[entry.number] = entry.digest
        # A writer may have added entries while we walked; those that the first look saw must all be there.
        if at.get(before.number) != before.digest or (last != before and self.head() == before):
            yield f"ledger: the head names entry {before.number}, which does not match the last entry {last.number}."
        if exported is not None and at.get(exported.number) != exported.digest:
            gone = "was changed since" if exported.number in at else f"is gone; the last is {last.number}"
            yield f"ledger: entry {exported.number} of the exported head {gone}."


def _parsed(text: str) -> dict[str, Any]:
    """The data of an entry; text that is not the canonical JSON we wrote can never seal again."""
    try:
        value: dict[str, Any] = json.loads(text)
        return value if canonical(value).decode() == text else {"unreadable": text}
    except ValueError:
        return {"unreadable": text}


class _Lost(Exception):
    """The head moved between our look and our swap."""


def shown(url: str) -> str:
    """A database's URL without its password."""
    return sa.make_url(url).render_as_string(hide_password=True)


def _unwritable(url: str, error: Exception) -> Fault:
    reason = str(getattr(error, "orig", error)).splitlines()[0]
    return Fault(f"the ledger {shown(url)} cannot be written ({reason}): free room, mend its rights or set "
                 "TUNEWRIGHT_LEDGER.")
