"""One SQLAlchemy engine per database URL: SQLite in WAL mode with a patient lock, others as they are."""

import sqlite3
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, NoSuchModuleError, ProgrammingError
from sqlalchemy.schema import CreateIndex, CreateTable

from tunewright.core.errors import Fault

_BUSY = 30.0  # seconds SQLite waits for another writer's lock


def connect(url: str, tables: sa.MetaData) -> sa.Engine:
    """An engine whose `tables` exist. Raises Fault for a URL or database that cannot be used."""
    try:
        parsed = sa.make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        # IMMEDIATE: the write lock is taken at the first change, not at commit; reading takes none.
        waiting = {"timeout": _BUSY, "isolation_level": "IMMEDIATE"}
        options: dict[str, Any] = {"connect_args": waiting} if sqlite else {"pool_pre_ping": True}
        engine = sa.create_engine(parsed, **options)
        if sqlite:
            sa.event.listen(engine, "connect", _prepare)
        _make(engine, tables)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise Fault(f"the ledger URL is not usable ({error}): use sqlite:///PATH or postgresql+psycopg://…") from error
    except DatabaseError as error:
        shown = sa.make_url(url).render_as_string(hide_password=True)
        reason = str(error.orig).splitlines()[0]
        raise Fault(f"the ledger {shown} cannot be opened ({reason}): {_mend(reason)} or set "
                    "TUNEWRIGHT_LEDGER.") from error
    return engine


def _make(engine: sa.Engine, tables: sa.MetaData) -> None:
    """Make missing tables and indexes. Of several processes that start at once, each finds them all made."""
    missing = set(tables.tables) - set(sa.inspect(engine).get_table_names())
    for table in tables.sorted_tables if missing else ():
        for made in (CreateTable(table, if_not_exists=True),
                     *(CreateIndex(index, if_not_exists=True) for index in sorted(table.indexes, key=str))):
            try:
                with engine.begin() as connection:
                    connection.execute(made)
            except (IntegrityError, ProgrammingError):  # PostgreSQL: somebody else was making it at this very moment
                if not sa.inspect(engine).has_table(table.name):
                    raise


def _prepare(connection: Any, _record: Any) -> None:
    """WAL lets readers go on while one writes."""
    deadline = time.monotonic() + _BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            # A new database changes its mode under a lock that SQLite does not wait for.
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
    connection.execute("PRAGMA synchronous=FULL")


def _mend(reason: str) -> str:
    return "restore it from a copy" if "not a database" in reason or "malformed" in reason else "mend its rights"
