"""What each key has cost this month, against its budget: warned at `WARN` of it, refused when it is used up.

Months are calendar months, UTC. Each gateway writes what it has counted to a file of its own, every second while that
changes, and reads those of the others: a kill may lose a second's costs, which the audit trail still has.
"""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tunewright.core.home import Home
from tunewright.serve.keys import Key
from tunewright.serve.problems import Problem

WARN = 0.8
_PAUSE = 1.0  # seconds between two writings


def _month() -> str:
    return datetime.now(UTC).strftime("%Y-%m")


class Spend:
    """The costs of one gateway's keys, and what other gateways of the same home told of theirs. `month` tells which it
    is."""

    def __init__(self, home: Home, month: Callable[[], str] = _month) -> None:
        self._folder = home.path / "spend"
        self._name = f"{uuid.uuid4().hex[:12]}.json"
        self._now = month
        self._month = month()
        self._own: dict[str, float] = {}
        self._others: dict[str, float] = {}
        self._written: dict[str, float] = {}
        self._budgets: dict[str, float] = {}
        self.warned: set[str] = set()
        self._read()

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
        if key.budget is None or key.id in self.warned or self.of(key) < WARN * key.budget:
            return False
        self.warned.add(key.id)
        return True

    async def keep(self) -> None:
        """Write and read for ever; a new month begins with nothing."""
        while True:
            await asyncio.sleep(_PAUSE)
            self.write()

    def write(self) -> None:
        """Write what changed, and read what others wrote. A full disk is no reason to stop answering."""
        if self._month != (month := self._now()):
            self._month, self._own, self._others, self.warned = month, {}, {}, set()
        with contextlib.suppress(OSError):
            if self._own != self._written:
                self._written = dict(self._own)
                path = self._folder / self._month / self._name
                path.parent.mkdir(parents=True, exist_ok=True)
                half = path.with_suffix(".half")
                half.write_text(json.dumps(self._own))
                half.replace(path)
            self._read()

    def _read(self) -> None:
        """Sum up the files of other gateways; one that is damaged counts for nothing."""
        sums: dict[str, float] = {}
        for path in (self._folder / self._month).glob("*.json"):
            if path.name != self._name:
                for key_id, cost in _costs(path).items():
                    sums[key_id] = sums.get(key_id, 0.0) + cost
        self._others = sums


def _costs(path: Path) -> dict[str, float]:
    try:
        return {str(key_id): float(cost) for key_id, cost in json.loads(path.read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
