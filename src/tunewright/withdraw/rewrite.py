"""What is left of a file without one person's records: parts of datasets, refused records, items of reports, answers.

Each function takes a file's bytes and returns what is left, or None if there is nothing of that person in it.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tunewright.core.examples import Example, from_table, read_table
from tunewright.core.items import dump_items, load_items
from tunewright.data.spill import KEPT
from tunewright.data.subjects import about
from tunewright.data.write import STORED

Said = tuple[tuple[str, Any], ...]
"""A conversation as (role, content) of each turn but the system's."""


@dataclass
class Traces:
    """By what a person's records are found in other files: their ids, and the conversations they say."""

    ids: set[str] = field(default_factory=set)
    said: set[Said] = field(default_factory=set)

    def add(self, example: Example) -> None:
        """Remember one record."""
        self.ids.add(example.id)
        said = _said((*(example.messages or example.prompt), *example.chosen))
        if len(said) > 1:  # one turn alone, such as a label, is said by many
            self.said.add(said)


def part(content: bytes, person: str, keys: Collection[str], traces: Traces) -> bytes | None:
    """A Parquet file of a part without the records that name the person, or name nobody and have one of `keys`.

    What is taken out is added to `traces`.
    """
    table = read_table(content, KEPT)
    nobody = pc.is_null(table.column("subject"))
    same = pc.is_in(table.column("as_read"), pa.array([bytes.fromhex(key) for key in keys], pa.binary(16)))
    out = pc.or_(pc.fill_null(pc.equal(table.column("subject"), person), False), pc.and_(nobody, same))
    if not pc.any(out).as_py():
        return None
    for example in from_table(table.filter(out)):
        traces.add(example)
    sink = pa.BufferOutputStream()
    pq.write_table(table.filter(pc.invert(out)), sink, **STORED)
    return sink.getvalue().to_pybytes()


def refused(content: bytes, columns: dict[str, str], person: str) -> bytes | None:
    """`refused.jsonl` with place and field of the person's records, and without what they said."""
    lines = [json.loads(line) for line in content.splitlines()]
    mine = [about(line, columns, person) for line in lines]
    if not any(mine):
        return None
    left = ({**line, "record": None, "reason": "was erased"} if erased else line
            for line, erased in zip(lines, mine, strict=True))
    return "".join(json.dumps(line) + "\n" for line in left).encode("ascii")


def items(content: bytes, traces: Traces) -> bytes | None:
    """`items.jsonl` of a report without what the records asked and were answered; the scores stay.

    Where a record stood as an earlier turn in the prompt of another item, those turns are taken out.
    """
    found = load_items(content)
    left = []
    for item in found:
        if item.item in traces.ids:
            left.append(replace(item, prompt=(), expected=None, answer=None, sources=()))
        else:
            left.append(replace(item, prompt=tuple(_without(item.prompt, traces.said))))
    return dump_items(left) if left != found else None


def answers(content: bytes, traces: Traces) -> bytes | None:
    """Kept answers (JSON: arm → question → text and loss) without the texts that answer the records."""
    kept: dict[str, dict[str, dict[str, Any]]] = json.loads(content)
    hit = False
    for said in kept.values():
        for key, answer in said.items():
            if key.partition("/")[2].partition("#")[0] in traces.ids:  # `Question.key`: suite, item, sample
                hit = True
                answer.update(text=None, sources=[])
    return json.dumps(kept).encode() if hit else None


def _said(turns: Sequence[dict[str, Any]]) -> Said:
    return tuple((turn["role"], turn.get("content")) for turn in turns if turn["role"] != "system")


def _without(turns: Sequence[dict[str, Any]], said: Collection[Said]) -> list[dict[str, Any]]:
    """The turns without those that say, one after the other, what a record says."""
    told = [(turn["role"], turn.get("content")) for turn in turns]
    lengths = sorted({len(one) for one in said}, reverse=True)
    left, at = [], 0
    while at < len(turns):
        length = next((size for size in lengths if tuple(told[at:at + size]) in said), 0)
        if length == 0:
            left.append(turns[at])
        at += max(length, 1)
    return left
