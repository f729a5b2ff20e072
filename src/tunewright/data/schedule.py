"""What expires when: the records of a dataset by source and by the first day on which they may no longer be used."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from tunewright.core.examples import PARTS, part_files, read_table
from tunewright.core.records import Dataset
from tunewright.core.store import Store
from tunewright.recipe import DataSpec


@dataclass(frozen=True)
class Expiry:
    """Some records of one source that expire on one day; None: never. `retention` says why, in words."""

    day: date | None
    records: int
    source: str
    retention: str


@dataclass(frozen=True)
class Schedule:
    """A dataset's expiries, soonest first, those that never come last."""

    dataset: str
    records: int
    expiries: tuple[Expiry, ...]

    def expired(self, today: date) -> int:
        """How many records may no longer be used on that day."""
        return sum(one.records for one in self.expiries if one.day and one.day <= today)


def schedule(store: Store, dataset: Dataset) -> Schedule:
    """When the records of a dataset expire. Raises Fault if its parts are not in the store."""
    counts: Counter[tuple[date | None, int]] = Counter()
    for part in PARTS:
        for digest in part_files(store, dataset, part):
            table = read_table(store.get(digest), ("expires", "source"))
            counts.update(zip(table.column("expires").to_pylist(), table.column("source").to_pylist(), strict=True))
    spec = DataSpec.model_validate(store.get_json(dataset.spec))
    words = [_words(source) for source in (*spec.sources, spec.canaries)]  # planted canaries are the last origin
    expiries = [Expiry(day, count, dataset.origins[source].path, words[source])
                for (day, source), count in counts.items()]
    return Schedule(dataset.digest, counts.total(),
                    tuple(sorted(expiries, key=lambda one: (one.day or date.max, one.source))))


def _words(source: object) -> str:
    """The retention of a source, and what is missing for it to mean a day."""
    retention, collected = getattr(source, "retention", None), getattr(source, "collected", None)
    if retention is None:
        return "not stated"
    return str(retention) if collected else f"{retention}, from a day that is not stated: add `collected`"
