"""What each key has cost this month, against its budget: warned at `WARN` of it, refused when it is used up.

Months are calendar months, UTC. Each gateway writes what it has counted into the ledger's database, every second while
that changes, and reads what the others wrote: a kill may lose a second's costs, which the audit trail still has.
"""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tunewright.core.database import connect
from tunewright.core.home import Home
from tunewright.serve.keys import Key
from tunewright.serve.problems import Problem

WARN = 0.8
_PAUSE = 1.0  # seconds between two writings
_TABLES = sa.MetaData()
COSTS = sa.Table(
    "spend", _TABLES,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("gateway", sa.String(12), primary_key=True),
    sa.Column("cost", sa.Float, nullable=False),
)


def _month() -> str:
    return datetime.now(UTC).strftime("%Y-%m")


class Spend:
    """The costs of one gateway's keys, and what other gateways on the same ledger told of theirs. `month` tells which
    it is."""

    def __init__(self, home: Home, month: Callable[[], str] = _month) -> None:
        self._engine = connect(home.ledger.url, _TABLES)
        self._name = uuid.uuid4().hex[:12]
        self._now = month
        self._month = month()
        self._own: dict[str, float] = {}
        self._changed: set[str] = set()
        self._others = self._exchange(self._month, {})
        self._budgets: dict[str, float] = {}
        self.warned: set[str] = set()

    def of(self, key: Key) -> float:
        """What the key has cost this month."""
        return self._total(key.id)

    def _total(self, key_id: str) -> float:
        return self._own.get(key_id, 0.0) + self._others.get(key_id, 0.0)

    def used(self) -> float | None:
        """The largest part of a budget that is used up this month, of keys that asked here; None if none has one."""
        return max((self._total(key_id) / budget for key_id, budget in self._budgets.items()), default=None)

    def admit(self, key: Key) -> None:
        """Raises Problem (429) if the key's budget is used up: only another month, or a new key, helps."""
        if key.budget:
            self._budgets[key.id] = key.budget
        if key.budget is not None and self.of(key) >= key.budget:
            raise Problem(429, f"the budget of key {key.id} for {self._month} is used up: ask for a larger one.",
                          code="insufficient_quota")

    def add(self, key: Key, cost: float) -> bool:
        """Count an answer's cost; whether the key has just come near its budget."""
        self._own[key.id] = self._own.get(key.id, 0.0) + cost
        self._changed.add(key.id)
        if key.budget is None or key.id in self.warned or self.of(key) < WARN * key.budget:
            return False
        self.warned.add(key.id)
        return True

    async def keep(self) -> None:
        """Write and read for ever; a new month begins with nothing."""
        while True:
            await asyncio.sleep(_PAUSE)
            await self.write()

    async def write(self) -> None:
        """Write what changed, and read what others wrote. A database that is away is no reason to stop answering."""
        if self._month != (month := self._now()):
            self._month, self._own, self._others = month, {}, {}
            self._changed, self.warned = set(), set()
        changed, self._changed = self._changed, set()
        try:
            others = await asyncio.to_thread(self._exchange, month, {key: self._own[key] for key in changed})
        except SQLAlchemyError:
            self._changed |= changed & self._own.keys()
        else:
            self._others = others

    def close(self) -> None:
        """Give the database's connections back."""
        self._engine.dispose()

    def _exchange(self, month: str, changed: Mapping[str, float]) -> dict[str, float]:
        """Write the costs of keys, and sum up those that other gateways wrote. Raises SQLAlchemyError."""
        with self._engine.begin() as connection:
            for key_id, cost in changed.items():
                row = {"month": month, "key": key_id, "gateway": self._name}
                mine = sa.and_(*(COSTS.c[name] == value for name, value in row.items()))
                larger = sa.case((COSTS.c.cost > cost, COSTS.c.cost), else_=cost)  # an older writing may come later
                if connection.execute(COSTS.update().where(mine).values(cost=larger)).rowcount != 1:
                    connection.execute(COSTS.insert().values(**row, cost=cost))
            others = sa.select(COSTS.c.key, sa.func.sum(COSTS.c.cost)).group_by(COSTS.c.key).where(
                COSTS.c.month == month, COSTS.c.gateway != self._name)
            return {key_id: float(cost) for key_id, cost in connection.execute(others)}
