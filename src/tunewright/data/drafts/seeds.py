"""The records that drafts are made from: prepared as for training, so that an engine sees nothing that may not be used.

What was withdrawn or has expired is not shown to it, PII is masked as the recipe says, and what is held out for
validation or test stays unseen.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, Example, content
from tunewright.data import spill as spills
from tunewright.data.alike import alike
from tunewright.data.balance import column
from tunewright.data.compact import compact
from tunewright.data.drafts import asking
from tunewright.data.gather import ROWS
from tunewright.data.prepare import Rows, preparer
from tunewright.data.provenance import columns
from tunewright.data.readers import fingerprint, read
from tunewright.data.records import ANSWER
from tunewright.data.shares import shares
from tunewright.data.split import place
from tunewright.data.steps import Work
from tunewright.recipe import DataSpec, SourceSpec


@dataclass(frozen=True)
class Seed:
    """A record that something is made from, without the recipe's system prompt.

    `id` is its example's in the dataset, `key` what it shares with records that say the same, `as_read` the same before
    anything was masked, `fields` the columns that say whom it is about and what it is grouped by.
    """

    id: str
    key: str
    as_read: str
    row: int
    content: dict[str, Any]
    label: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def asks(self) -> str:
        """What it asks, as one text."""
        return asking.asked(self.content)

    @property
    def shot(self) -> tuple[str, str] | None:
        """Question and answer, if that is all it says."""
        turns = [turn for turn in self.content.get("messages", ()) if turn["role"] != "system"]
        if [turn["role"] for turn in turns] != ["user", "assistant"] or turns[1].get("tool_calls"):
            return None
        return turns[0]["content"], turns[1]["content"]


def named(spec: DataSpec, path: str, whose: str) -> SourceSpec:
    """The source of this path whose records `whose` wants. Raises Fault if there is none, or it is held out."""
    source = next((one for one in spec.sources if one.path == path and one.kind == "file"), None)
    if source is None:
        known = ", ".join(one.path for one in spec.sources if one.kind == "file")
        raise Fault(f"{whose} names {path}, which is no source of this recipe: name one of {known}.")
    if source.part not in (None, "train"):
        raise Fault(f"{whose} names {path}, which is held out for {source.part}: what is measured on must not be "
                    "learned from; name another source.")
    return source


def seeds(work: Work, source: SourceSpec, folder: Path, room: Path) -> tuple[list[Seed], list[Seed]]:
    """The usable records of one source that belong to the training part, and those that are held out, in their order.

    `room` is a folder for what is spilled on the way. Raises Fault if there is none, or the file is broken.
    """
    spec = work.spec.model_copy(update={"sources": (source,)})
    fields: dict[int, dict[str, Any]] = {}
    path = room / "seeds.arrow"
    spills.write(path, _batches(replace(work, spec=spec), folder, fields))
    spill = spills.Spill(path)
    looked = compact(spill)
    part = place(looked, [source.part], shares(work.spec), spec.split.stratify is not None, str,
                 alike(looked, np.arange(len(looked)), spill, spec))
    numbers = np.flatnonzero(looked.why == 0)
    keys = spill.take(numbers, ["key", "as_read"])
    found = [_seed(example, key.hex(), as_read.hex(), source, fields.get(example.row, {})) for example, key, as_read in
             zip(spill.examples(numbers), *(column.to_pylist() for column in keys.columns), strict=True)]
    training = part[numbers] == PARTS.index("train")
    if not training.any():
        raise Fault(f"{source.path} holds no record of the training part that may be shown to an engine: "
                    "add records, or name another source.")
    return ([one for one, chosen in zip(found, training, strict=True) if chosen],
            [one for one, chosen in zip(found, training, strict=True) if not chosen])


def _batches(work: Work, folder: Path, fields: dict[int, dict[str, Any]]) -> Iterator[bytes]:
    source, split = work.spec.sources[0], work.spec.split
    told = (split.column, split.stratify if split.stratify != ANSWER else None, column(work.spec.balance))
    carried = [*columns(source), *(name for name in told if name)]
    prepare = preparer(work)
    table = read(source, folder, fingerprint(source, folder))
    rows: list[Any] = []
    for row in table.rows:
        fields[row.number] = {name: _plain(row.fields[name]) for name in carried if name in row.fields}
        rows.append(row)
        if len(rows) == ROWS:
            yield prepare(Rows(0, tuple(rows))).records
            rows = []
    if rows:
        yield prepare(Rows(0, tuple(rows))).records


def _seed(example: Example, key: str, as_read: str, source: SourceSpec, fields: Mapping[str, Any]) -> Seed:
    said = json.loads(json.dumps(content(example)))
    for name in ("messages", "prompt"):
        turns: Sequence[Mapping[str, Any]] = said.get(name) or ()
        if turns and source.system and turns[0] == {"role": "system", "content": source.system}:
            said[name] = list(turns[1:])
    return Seed(example.id, key, as_read, example.row, said, example.label, dict(fields))


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
