"""Prepare, the first move: rows become records, batch by batch, in whatever process they are given to.

Equal rows give equal batches wherever they are prepared, so the number of workers changes no byte.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from tunewright.core.digest import digest_json
from tunewright.core.examples import Example, content, to_columns
from tunewright.core.provenance import Provenance
from tunewright.core.withdrawn import Withdrawn
from tunewright.data import spill
from tunewright.data.asked import asked, plain, sketch
from tunewright.data.balance import value
from tunewright.data.formats import with_system
from tunewright.data.messages import Unusable
from tunewright.data.provenance import provenance, suspects
from tunewright.data.readers import Row
from tunewright.data.records import Refused, record
from tunewright.data.same import keys
from tunewright.data.step import LeftOut, Prepared, Step
from tunewright.data.steps import Work, steps
from tunewright.recipe import DataSpec, SourceSpec

SHAPES = ("conversations", "text", "preferences")


@dataclass(frozen=True)
class Rows:
    """Some rows of one source, in their order."""

    source: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Batch:
    """What `Rows` became: an encoded batch of the spill, and the records that cannot be used."""

    source: int
    rows: int
    records: bytes
    refused: tuple[Refused, ...]


Prepare = Callable[[Rows], Batch]
Show = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class _Line:
    """One line of the spill: a record as the steps left it, or the place of one that was left out."""

    example: Example
    id: str
    prepared: Prepared
    key: str
    asks: str
    left_out: LeftOut | None = None
    balance: str | None = None


def preparer(work: Work) -> Prepare:
    """What turns rows into batches. Made once in each process, since steps may be costly to make."""
    chain, show = steps(work), _shower(work)
    return lambda rows: _prepare(rows, work, chain, show)


def _prepare(rows: Rows, work: Work, chain: Sequence[Step], show: Show) -> Batch:
    source = work.spec.sources[rows.source]
    lines: list[_Line] = []
    refused: list[Refused] = []
    for row in rows.rows:
        try:
            example = record(row, rows.source, source, work.spec.split, work.spec.fields)
            known = provenance(row.fields, source, rows.source)
        except Unusable as reason:
            refused.append(Refused(rows.source, row.file or source.path, row.within or row.number, row.line,
                                   reason.field, reason.reason, _shown(row, source, work.withdrawn, show)))
            continue
        line = _through(example, known, chain, source)
        if work.spec.balance and line.left_out is None:
            line = replace(line, balance=value(work.spec.balance, line.example, source.path, row.fields))
        lines.append(line)
    return Batch(rows.source, len(rows.rows), spill.encode(_columns(lines, work.spec)), tuple(refused))


def _shower(work: Work) -> Show:
    """What hides personal data in the fields of a row that cannot be used."""
    if work.spec.pii is None:
        return lambda fields: fields
    # Imported here: most recipes do without the recognisers.
    from tunewright.data import personal

    return personal.hidden(work.spec.pii)


def _shown(row: Row, source: SourceSpec, withdrawn: Withdrawn, show: Show) -> dict[str, Any]:
    """The fields of a refused row, to be looked at; none of one whose subject withdrew."""
    named = suspects(row.fields, source.subject) if withdrawn.subjects else ()
    return {} if any(withdrawn.entry(who, "") for who in named) else show(row.fields)


def _through(example: Example, provenance: Provenance, chain: Sequence[Step], source: SourceSpec) -> _Line:
    """The record after every step, or where a step left it out."""
    said = content(example)
    # A system prompt from the recipe is no part of what a record is: changing it must not move records.
    alike, asks = keys(said)
    prepared = Prepared(example, provenance, key=alike)
    for step in chain:
        after = step(prepared)
        if isinstance(after, LeftOut):
            # A label that is the answer may hold what must not be kept; the card shows labels.
            label = None if after.why == "pii" else example.label
            place = Example(id="", group=example.group, label=label, source=example.source, row=example.row)
            return _Line(place, "", prepared, alike, asks, after)
        prepared = after
    if prepared.example is not example:
        example, said = prepared.example, content(prepared.example)
        alike, asks = keys(said)
    if source.system:
        said = with_system(said, source.system)
        example = replace(example, **said)
    return _Line(example, digest_json(said), prepared, alike, asks)


def _columns(lines: Sequence[_Line], spec: DataSpec) -> pa.RecordBatch:
    """The lines as a batch of the spill's columns."""
    examples = [line.example for line in lines]
    # Also of what was left out: it still holds together what asks the same.
    questions = [asked(line.prepared.example) for line in lines]
    columns: dict[str, Any] = to_columns(examples)
    for name in spill.PROVENANCE.names:
        columns[name] = [getattr(line.prepared.provenance, name) for line in lines]
    columns |= {
        "id": [line.id for line in lines],
        "as_read": [bytes.fromhex(line.prepared.key)[:16] for line in lines],
        "scores": [_json(line.prepared.scores) for line in lines],
        "pii": [_json(line.prepared.pii) for line in lines],
        "key": [bytes.fromhex(line.key)[:16] for line in lines],
        "asks": [bytes.fromhex(line.asks)[:16] for line in lines],
        "plain": [plain(question) for question in questions],
        "bands": sketch(questions, spec.duplicates),
        "unit": [unit(one.group, line.asks, spec.split.seed) for one, line in zip(examples, lines, strict=True)],
        "labelled": [labelled(one.label) for one in examples],
        "shape": [SHAPES.index(one.shape) for one in examples],
        "length": [_length(one) for one in examples],
        "why": [line.left_out and line.left_out.why for line in lines],
        "reason": [line.left_out and line.left_out.reason for line in lines],
        "balance": [line.balance for line in lines],
    }
    arrays = [pa.array(columns[field.name], field.type) for field in spill.SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=spill.SCHEMA)


def unit(group: str | None, asks: str, seed: int) -> bytes:
    """What is placed in a part as one: the group, or the records that ask the same. Seeded, so it says where too."""
    told = f"group {group}" if group else f"asks {asks}"
    return hashlib.sha256(f"{seed} {told}".encode()).digest()[:16]


def labelled(label: str | None) -> int:
    """A number that records of one label share; 0 for none."""
    return int.from_bytes(hashlib.blake2b(label.encode(), digest_size=8).digest(), "big") if label else 0


def _length(example: Example) -> int:
    """Characters of all turns together."""
    turns = (*example.messages, *example.prompt, *example.chosen, *example.rejected)
    return len(example.text or "") + sum(len(turn["content"]) for turn in turns)


def _json(figures: Mapping[str, float]) -> str | None:
    return json.dumps(dict(sorted(figures.items()))) if figures else None
