"""From the fields of a row to a record: what it says, or why it cannot be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.examples import Example
from tunewright.data.formats import interpret, needed
from tunewright.data.messages import Unusable, readable
from tunewright.data.nearest import did_you_mean
from tunewright.data.provenance import columns
from tunewright.data.readers import Row, Table
from tunewright.recipe import SourceSpec, SplitSpec

ANSWER = "response"
"""The value of `stratify` that means the answer itself."""


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

    def told(self) -> dict[str, Any]:
        """Its line of `refused.jsonl`: place, reason and the record as it was read."""
        return {"path": self.path, "row": self.row, "line": self.line, "field": self.field, "reason": self.reason,
                "record": _spelt(self.fields)}


def _spelt(value: Any) -> Any:
    """A value as JSON has it: NaN and infinity, which Parquet has, by their names."""
    if isinstance(value, dict):
        return {str(name): _spelt(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_spelt(inner) for inner in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def record(row: Row, index: int, source: SourceSpec, split: SplitSpec, fields: Sequence[str] = ()) -> Example:
    """What the row says, without an id and without the recipe's system prompt. Raises Unusable.

    `fields` are the columns whose values are kept beside it.
    """
    if row.broken:
        raise Unusable("record", row.broken)
    said = {name: value for name, value in interpret(source.format, row.fields).items() if value}
    return Example(id="", **said, source=index, row=row.number, group=_value(row.fields, split.column),
                   label=_label(row.fields, split.stratify, said),
                   fields={name: value for name in fields if (value := _value(row.fields, name))})


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


def check_columns(table: Table, first: Row, source: SourceSpec, split: SplitSpec, balance: str | None = None,
                  fields: Sequence[str] = ()) -> bool:
    """Fault if a column that is needed is not in the file. Returns whether the group column is.

    A file whose rows name their own fields is judged by its first row for group and label only: its other columns
    are judged row by row.
    """
    has = table.columns or tuple(first.fields)
    wanted = list(needed(source.format)) if table.columns else []
    wanted += [*columns(source), *fields]
    if source.part is None:
        wanted += [name for name in (split.column, split.stratify, balance) if name and name != ANSWER]
    for name in wanted:
        if name not in has:
            shown = ", ".join(has[:12]) + (", …" if len(has) > 12 else "")
            raise Fault(f"column `{name}` is not in {source.path}"
                        + (did_you_mean(name, has) or f": its columns are {shown}."))
    return split.column in has


def check_share(refused: int, rows: int, first: Refused | None) -> None:
    """Fault if at least half of a source's records cannot be used: then the file or its format is wrong."""
    if first and 2 * refused >= rows:
        raise Fault(f"{refused:,} of {rows:,} records of {first.path} cannot be used; the first: "
                    f"{first.sentence}. Mend the file, or choose another `format`.")
