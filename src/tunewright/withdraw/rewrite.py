"""What is left of a file without one person's records: parts of datasets, refused records, items of reports, answers.

Each function takes a file's bytes and returns what is left, or None if there is nothing of that person in it.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tunewright.core.examples import Example, from_table, read_table
from tunewright.core.items import Item, dump_items, load_items
from tunewright.core.withdrawn import seal
from tunewright.data.spill import KEPT
from tunewright.data.subjects import about
from tunewright.data.write import STORED

Chosen = Callable[[pa.Table], Any]
"""Which records of a table are to go, as a column of truths."""

Said = tuple[tuple[str, Any], ...]
"""A conversation as (role, content) of each turn but the system's."""


@dataclass
class Traces:
    """By what records are found in other files: the person whose they are (None: whoever's), the records themselves,
    their ids, and the conversations they say. `key` is the home's, with which what must stay told apart is named anew.
    """

    person: str | None
    key: bytes
    records: list[Example] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    said: set[Said] = field(default_factory=set)

    def add(self, example: Example) -> None:
        """Remember one record."""
        self.records.append(example)
        self.ids.add(example.id)
        # What suites make of an item is in a group that bears its name, or in the group that the record is in.
        self.groups |= {example.id, f"trigger {example.id}"} | ({example.group} if example.group else set())
        said = _said((*(example.messages or example.prompt), *example.chosen))
        if len(said) > 1:  # one turn alone, such as a label, is said by many
            self.said.add(said)


def of_person(person: str, keys: Collection[str]) -> Chosen:
    """The records that name the person, or name nobody and have one of `keys`."""
    said = pa.array([bytes.fromhex(key) for key in keys], pa.binary(16))

    def chosen(table: pa.Table) -> Any:
        same = pc.and_(pc.is_null(table.column("subject")), pc.is_in(table.column("as_read"), said))
        return pc.or_(pc.fill_null(pc.equal(table.column("subject"), person), False), same)

    return chosen


def expired(day: date) -> Chosen:
    """The records that may no longer be used on that day."""
    return lambda table: pc.fill_null(pc.less_equal(table.column("expires"), day), False)


def part(content: bytes, chosen: Chosen, traces: Traces) -> bytes | None:
    """A Parquet file of a part without the chosen records, which are added to `traces`."""
    table = read_table(content, KEPT)
    out = chosen(table)
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
    """`items.jsonl` of a report without what the records asked and were answered, and what suites made of them; the
    scores stay, under a name that only the home's key can make.

    Where a record stood as an earlier turn in the prompt of another item, those turns are taken out.
    """
    found = load_items(content)
    left = [_bare(item, traces.key) if _theirs(item, traces) else replace(
        item, prompt=tuple(_without(item.prompt, traces.said))) for item in found]
    return dump_items(left) if left != found else None


def _theirs(item: Item, traces: Traces) -> bool:
    """Whether an item asks a record of the person, or something that a suite made of one. The group of a record may
    hold others too: of what suites made of those, nothing is left either.
    """
    return item.item in traces.ids or (item.suite != "task" and item.group in traces.groups)


def _bare(item: Item, key: bytes) -> Item:
    """The item without what was said. Its name and group were digests of that, or name the person."""
    slices = {name: value for name, value in item.slices.items() if name in ("length", "source")}
    return replace(item, item=seal(key, "record", item.item), prompt=(), expected=None, answer=None, sources=(),
                   group=item.group and seal(key, "group", item.group), slices=slices)


def answers(content: bytes, traces: Traces) -> bytes | None:
    """Kept answers (JSON: arm → question → text and loss): none, if some answer the records. Whoever needs the others
    asks them again.
    """
    kept: dict[str, dict[str, Any]] = json.loads(content)
    asked = {key.partition("/")[2].partition("#")[0] for said in kept.values() for key in said}  # `Question.key`
    asked |= {answer.get("original") for said in kept.values() for answer in said.values()}
    return b"{}" if asked & traces.ids else None


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
