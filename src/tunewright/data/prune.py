"""Remove what would be learned twice, and what would be learned and then asked in the examination."""

from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.core.examples import PARTS, Part
from tunewright.data.records import Record


@dataclass(frozen=True)
class Removed:
    """A record left out because it equals another: in its own part a duplicate, in a part held out a leak."""

    why: str
    record: Record
    part: Part
    same: Record
    same_part: Part


@dataclass(frozen=True)
class Kept:
    """What each part holds, in the order of the sources, and what was left out."""

    parts: dict[Part, list[Record]]
    removed: tuple[Removed, ...]

    def count(self, why: str) -> int:
        """How many were left out as `duplicate` or as `leak`."""
        return sum(one.why == why for one in self.removed)


def prune(records: Sequence[Record], parts: Sequence[Part]) -> Kept:
    """Keep the first of equal records in each part; then drop from a part what a part held out after it holds.

    Test is never thinned for the sake of another part: leaks leave train (for validation and test) and validation
    (for test).
    """
    firsts: dict[Part, dict[str, Record]] = {part: {} for part in PARTS}
    removed: list[Removed] = []
    for record, part in zip(records, parts, strict=True):
        first = firsts[part].setdefault(record.key, record)
        if first is not record:
            removed.append(Removed("duplicate", record, part, first, part))
    kept: dict[Part, list[Record]] = {part: [] for part in PARTS}
    for at, part in enumerate(PARTS):
        for name, record in firsts[part].items():
            holder = next((held for held in reversed(PARTS[at + 1:]) if name in firsts[held]), None)
            if holder is None:
                kept[part].append(record)
            else:
                removed.append(Removed("leak", record, part, firsts[holder][name], holder))
    return Kept(kept, tuple(removed))
