"""What changed between the records of two datasets. How it is found: `compare.py`; how it is told: `told.py`."""

from dataclasses import dataclass

from tunewright.lineage.distribution import Distribution


@dataclass(frozen=True)
class Place:
    """Where a record stands: its source's path, its row there, the part that it is in, and its id."""

    path: str
    row: int
    part: str
    id: str


@dataclass(frozen=True)
class Change:
    """A record that changed, and what of it: `question`, `answer`, `both`, `text`, or the `system prompt` alone."""

    what: str
    before: Place
    after: Place


@dataclass(frozen=True)
class Records:
    """How many records are the same, added, removed and changed; the first of each; and how distributions moved.

    `moved` counts those of the same that are in another part now.
    """

    same: int
    moved: int
    added: int
    removed: int
    changed: int
    first_added: tuple[Place, ...]
    first_removed: tuple[Place, ...]
    first_changed: tuple[Change, ...]
    distributions: tuple[Distribution, ...]
