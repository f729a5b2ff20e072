"""Where files, jobs and their events are kept: three tables beside the ledger, in its database."""

import sqlalchemy as sa

from tunewright.core.database import connect
from tunewright.core.home import Home

tables = sa.MetaData()
files = sa.Table(
    "tuning_files", tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(40), nullable=False, unique=True),
    sa.Column("key", sa.String(64), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("purpose", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
)
jobs = sa.Table(
    "tuning_jobs", tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(40), nullable=False, unique=True),
    sa.Column("key", sa.String(64), nullable=False, index=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("ended", sa.Integer),
    sa.Column("status", sa.String(20), nullable=False, index=True),
    sa.Column("worker", sa.String(80)),
    sa.Column("beat", sa.Float),
    sa.Column("asked", sa.Text, nullable=False),
    sa.Column("found", sa.Text, nullable=False),
)
events = sa.Table(
    "tuning_events", tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("job", sa.String(40), nullable=False, index=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("level", sa.String(10), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)


def opened(home: Home) -> sa.Engine:
    """The database, its tables made. Raises Fault if it cannot be used."""
    return connect(home.ledger.url, tables)


def after(engine: sa.Engine, table: sa.Table, wanted: sa.ColumnElement[bool], cursor: str | None,
          limit: int, *, oldest: bool) -> tuple[list[sa.Row[tuple[object, ...]]], bool]:
    """A page of rows, newest first unless `oldest`, from after the row whose id is `cursor`; whether more follow.

    An unknown cursor gives an empty page.
    """
    order = table.c.number.asc() if oldest else table.c.number.desc()
    query = sa.select(table).where(wanted).order_by(order).limit(limit + 1)
    if cursor is not None and "\0" in cursor:  # which PostgreSQL cannot be asked for
        return [], False
    if cursor is not None:
        at = sa.select(table.c.number).where(table.c.id == cursor, wanted).scalar_subquery()
        query = query.where(table.c.number > at if oldest else table.c.number < at)
    with engine.connect() as connection:
        rows = list(connection.execute(query))
    return rows[:limit], len(rows) > limit
