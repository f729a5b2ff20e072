"""Read every source in batches and have them prepared; spill what can be used, set aside what cannot."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.run import Run
from tunewright.data import strict
from tunewright.data.balance import column
from tunewright.data.lines import Lines
from tunewright.data.places import Places
from tunewright.data.prepare import Batch, Rows
from tunewright.data.progress import Progress
from tunewright.data.readers import Row, read, unchanged
from tunewright.data.records import Refused, check_columns, check_share
from tunewright.data.steps import Work
from tunewright.data.workers import prepared
from tunewright.recipe import ComputeSpec

ROWS = 4096
"""Most rows of a batch."""

SIZE = 16 * 2**20
"""Characters of text after which a batch ends, whatever its rows: so memory is bounded for long records too."""

REASONS = 1000
"""Most different reasons of refusal that are counted by themselves."""


@dataclass
class Gathered:
    """What all sources gave. `rows` counts each source's records as read, `refused` those that cannot be used."""

    rows: list[int]
    refused: list[int]
    places: Places
    reasons: Counter[str] = field(default_factory=Counter)


class Gather:
    """One reading of all sources of a recipe, whose digests are `prints`. `run` tells how far it is."""

    def __init__(self, work: Work, folder: Path, prints: list[str], compute: ComputeSpec, run: Run) -> None:
        self.found = Gathered([0] * len(prints), [0] * len(prints),
                              Places([source.path for source in work.spec.sources]))
        self._work = work
        self._folder = folder
        self._prints = prints
        self._compute = compute
        self._run = run
        self._progress = Progress(work.spec, folder, run)

    def batches(self, folder: Path) -> Iterator[bytes]:
        """Encoded batches for the spill; the records that cannot be used are written to `refused.jsonl` below `folder`
        on the way.

        Raises Fault if a file is broken, lacks a column, changes meanwhile, or half of its records cannot be used; in
        a strict run, if any cannot.
        """
        first: list[Refused] = []
        source = 0
        # ASCII, and anything that is no JSON value by its name: what was refused may hold half characters and bytes.
        with Lines(folder, "refused") as refused:
            for batch in prepared(self._work, self._rows(), self._compute):
                if batch.source != source:
                    self._check(source, first)
                    source, first = batch.source, []
                first += [replace(one, fields={}) for one in batch.refused[:strict.SHOWN - len(first)]]
                for one in batch.refused:
                    refused.add(json.dumps(one.told(), default=str) + "\n")
                self._count(batch)
                if len(first) == strict.SHOWN:
                    self._require_none(first)
                yield batch.records
            self._check(source, first)

    def _rows(self) -> Iterator[Rows]:
        """The rows of every source, in batches, each source checked when its turn is over."""
        spec, grouped = self._work.spec, False
        for index, source in enumerate(spec.sources):
            table = read(source, self._folder, self._prints[index])
            first = next(table.rows)
            grouped |= check_columns(table, first, source, spec.split, column(spec.balance), spec.fields)
            for rows in _batched(chain((first,), table.rows)):
                for row in rows if rows[0].file else ():
                    self.found.places.begins(index, row.number, row.file)
                yield Rows(index, rows)
            if not unchanged(source, self._folder, self._prints[index]):
                raise Fault(f"{source.path} changed while it was read: run again when nothing writes to it.")
        if spec.split.column and not grouped:
            raise Fault(f"column `{spec.split.column}`, which `split.group` names, is in no source: "
                        "correct it, or leave `group` out.")

    def _count(self, batch: Batch) -> None:
        found = self.found
        found.rows[batch.source] += batch.rows
        found.refused[batch.source] += len(batch.refused)
        for one in batch.refused:
            reason = f"`{one.field}` {one.reason}"
            found.reasons[reason if reason in found.reasons or len(found.reasons) < REASONS else "other reasons"] += 1
        self._progress.tell(batch.source, found.rows)

    def _check(self, source: int, first: list[Refused]) -> None:
        self._require_none(first)
        check_share(self.found.refused[source], self.found.rows[source], first[0] if first else None)

    def _require_none(self, refused: list[Refused]) -> None:
        if self._run.strict:
            strict.require_none([one.sentence for one in refused], self._run)


def _batched(rows: Iterator[Row]) -> Iterator[tuple[Row, ...]]:
    """The rows in tuples of at most `ROWS`, shorter where they are long. It depends on nothing but the rows."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += _size(row.fields)
        if len(batch) == ROWS or size >= SIZE:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def _size(value: Any) -> int:
    """Characters of text in a JSON value, roughly: a list or object counts as 64 more, other values as eight."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return 64 + sum(map(_size, value.values()))
    return 64 + sum(map(_size, value)) if isinstance(value, list | tuple) else 8
