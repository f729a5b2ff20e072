"""The ledger: append-only, hash-chained entries of who did what to which digest, when and why.

Each entry's digest covers its content and the digest of the entry before it. The head is one row that is moved by
compare-and-swap, so two writers never fork the chain. SQLite in WAL mode by default, PostgreSQL by URL.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


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


@dataclass(frozen=True)
class Head:
    """The last entry: its number and digest. Export it to prove later that nothing was cut off."""

    number: int
    digest: str


class Ledger:
    """The chain at a database URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    def head(self) -> Head:
        """The last entry's number and digest; number 0 and GENESIS when empty."""
        raise NotImplementedError

    def append(
        self, action: str, subject: str, *, by: str, why: str, data: dict[str, Any] | None = None,
        expect: Head | None = None, check: Callable[[Iterator[Entry]], None] | None = None,
    ) -> Entry:
        """Add one entry at the end. With `expect`, Conflict if the head has moved since; without, it retries."""
        raise NotImplementedError

    def entries(self, after: int = 0, action: str | None = None, subject: str | None = None) -> Iterator[Entry]:
        """Entries in order, from number `after` + 1, narrowed by action and subject."""
        raise NotImplementedError

    def verify(self, exported: Head | None = None) -> Iterator[str]:
        """One sentence for each break: a changed entry, a gap, a moved head, or an exported head that is gone."""
        raise NotImplementedError
