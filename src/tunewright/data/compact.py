"""What decisions over all records look at: a few numbers for each, whatever the records hold.

About 85 bytes a record, so ten million fit into 850 MB.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tunewright.data.spill import COMPACT, Spill
from tunewright.data.step import WHYS

Numbers = Any
"""A numpy array with one entry for each record, in reading order."""


@dataclass(frozen=True)
class Compact:
    """Columns over all records of the spill.

    `key`: records that say the same share it. `asks`: records that ask the same share it. `unit`: what is placed in
    one part together, drawn from the group or the question and the seed. All three are 16 bytes. `labelled` is a
    number of the label, 0 for none; `shape` an index into `prepare.SHAPES`; `length` characters of all turns;
    `source` and `row` the place; `grouped` whether there is a group; `why` an index into `WHYS`: what the steps said.
    """

    key: Numbers
    asks: Numbers
    unit: Numbers
    labelled: Numbers
    shape: Numbers
    length: Numbers
    source: Numbers
    row: Numbers
    grouped: Numbers
    why: Numbers

    def __len__(self) -> int:
        return len(self.row)


def compact(spill: Spill) -> Compact:
    """The compact columns of a spill, in memory."""
    columns: dict[str, list[Numbers]] = {name: [] for name in (*COMPACT.names, "source", "row", "grouped", "why")}
    for _, batch in spill.batches():
        for name in (*COMPACT.names, "source", "row"):
            columns[name].append(_numbers(batch.column(name)))
        columns["grouped"].append(batch.column("group").is_valid().to_numpy(zero_copy_only=False))
        columns["why"].append(np.array([WHYS.index(word or "") for word in batch.column("why").to_pylist()], np.uint8))
    joined = {name: np.concatenate(pieces) if pieces else np.array([]) for name, pieces in columns.items()}
    return Compact(**joined)


def _numbers(column: pa.Array) -> Numbers:
    if pa.types.is_fixed_size_binary(column.type):
        return np.frombuffer(column.buffers()[1], "S16", len(column), 16 * column.offset)
    return column.to_numpy(zero_copy_only=False)


def codes(values: Numbers) -> tuple[Numbers, Numbers]:
    """A number from 0 for each different value, for every entry; and the first entry that has each number."""
    _, firsts, inverse = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(firsts, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[inverse], firsts[order]
