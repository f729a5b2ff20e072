"""One SQLAlchemy engine per database URL: SQLite in WAL mode with a patient lock, others as they are."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

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
    """Make missing tables; two processes that start at once both succeed."""
    if all(sa.inspect(engine).has_table(name) for name in tables.tables):
        return
    try:
        tables.create_all(engine)
    except DatabaseError:
        if not all(sa.inspect(engine).has_table(name) for name in tables.tables):
            raise


def _prepare(connection: Any, _record: Any) -> None:
    """WAL lets readers go on while one writes."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _mend(reason: str) -> str:
    return "restore it from a copy" if "not a database" in reason or "malformed" in reason else "mend its rights"
