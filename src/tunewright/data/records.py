"""From declared sources to records: read, interpret, and set aside with a reason what cannot be used."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.examples import Example, make_example
from tunewright.data.formats import interpret, needed, with_system
from tunewright.data.messages import Unusable, readable
from tunewright.data.nearest import did_you_mean
from tunewright.data.readers import Row, Table, read, unchanged
from tunewright.data.same import key, prompt_of
from tunewright.recipe import DataSpec, SourceSpec, SplitSpec

ANSWER = "response"
"""The value of `stratify` that means the answer itself."""


@dataclass(frozen=True)
class Record:
    """A usable record: its example, what makes it the same as another, and what it asks."""

    example: Example
    key: str
    prompt: str


@dataclass(frozen=True)
class Refused:
    """A record that was set aside: where it stands and why."""

    source: int
    path: str
    row: int
    line: int | None
    field: str
    reason: str
    fields: dict[str, Any]

    @property
    def sentence(self) -> str:
        """What is wrong, and where."""
        line = f" (line {self.line})" if self.line else ""
        return f"{self.path}, row {self.row}{line}: `{self.field}` {self.reason}"


@dataclass(frozen=True)
class Harvest:
    """What all sources gave: `rows` counts each source's records as read."""

    records: tuple[Record, ...]
    refused: tuple[Refused, ...]
    rows: tuple[int, ...]


def harvest(spec: DataSpec, folder: Path, prints: list[str], tell: Callable[[str], None]) -> Harvest:
    """Every record of every source, in order. `tell` hears how many were read, now and then.

    Raises Fault if a file is broken, lacks a column, or at least half of its records cannot be used.
    """
    records: list[Record] = []
    refused: list[Refused] = []
    rows = []
    grouped = False
    for index, source in enumerate(spec.sources):
        table = read(source, folder, prints[index])
        first = next(table.rows)
        grouped |= _check_columns(table, first, source, spec.split)
        good, bad = 0, 0
        for row in chain((first,), table.rows):
            try:
                records.append(_record(row, index, source, spec.split))
                good += 1
            except Unusable as reason:
                refused.append(Refused(index, source.path, row.number, row.line, reason.field, reason.reason,
                                       row.fields))
                bad += 1
            if (good + bad) % 5000 == 0:
                tell(f"{source.path}: {good + bad:,} records")
        _check_share(refused[len(refused) - bad:], good + bad, source)
        if not unchanged(source, folder, prints[index]):
            raise Fault(f"{source.path} changed while it was read: run again when nothing writes to it.")
        rows.append(good + bad)
    if spec.split.group and not grouped:
        raise Fault(f"column `{spec.split.group}`, which `split.group` names, is in no source: "
                    "correct it, or leave `group` out.")
    return Harvest(tuple(records), tuple(refused), tuple(rows))


def _record(row: Row, index: int, source: SourceSpec, split: SplitSpec) -> Record:
    said = interpret(source.format, row.fields)
    said = {name: value for name, value in said.items() if value}
    example = make_example(**with_system(said, source.system), source=index, row=row.number,
                           group=_value(row.fields, split.group), label=_label(row.fields, split.stratify, said))
    # A system prompt from the recipe is no part of what a record is: changing it must not move records.
    return Record(example, key(said), key(prompt_of(said)))


def _label(fields: dict[str, Any], column: str | None, said: dict[str, Any]) -> str | None:
    if column != ANSWER:
        return _value(fields, column)
    turns = said.get("messages") or said.get("chosen")
    return turns[-1]["content"] if turns else None


def _value(fields: dict[str, Any], column: str | None) -> str | None:
    """The column's value as text; None if there is no column, or it is empty here."""
    value = fields.get(column) if column else None
    text = "" if value is None else str(value).strip()
    return readable(text, column or "") or None


def _check_columns(table: Table, first: Row, source: SourceSpec, split: SplitSpec) -> bool:
    """Fault if a column that is needed is not in the file. Returns whether the group column is.

    A file whose rows name their own fields is judged by its first row for group and label only: its other columns
    are judged row by row.
    """
    has = table.columns or tuple(first.fields)
    wanted = list(needed(source.format)) if table.columns else []
    if source.part is None:
        wanted += [name for name in (split.group, split.stratify) if name and name != ANSWER]
    for name in wanted:
        if name not in has:
            shown = ", ".join(has[:12]) + (", …" if len(has) > 12 else "")
            raise Fault(f"column `{name}` is not in {source.path}"
                        + (did_you_mean(name, has) or f": its columns are {shown}."))
    return split.group in has


def _check_share(bad: list[Refused], total: int, source: SourceSpec) -> None:
    """Fault if at least half of a source's records cannot be used: then the file or its format is wrong."""
    if bad and 2 * len(bad) >= total:
        raise Fault(f"{len(bad):,} of {total:,} records of {source.path} cannot be used; the first: "
                    f"{bad[0].sentence}. Mend the file, or choose another `format`.")


def lines(refused: tuple[Refused, ...]) -> Iterator[dict[str, Any]]:
    """What `refused.jsonl` holds: place, reason and the record as it was read."""
    for one in refused:
        yield {"path": one.path, "row": one.row, "line": one.line, "field": one.field, "reason": one.reason,
               "record": one.fields}
