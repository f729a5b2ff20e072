"""Write, the third move: stream the spill through the decisions into the dataset's files."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tunewright.core.examples import PARTS, Part
from tunewright.data.decisions import Decisions
from tunewright.data.spill import KEPT, SCHEMA, Spill

CUT = "00"
"""A file of a part ends after a record whose id ends so: one in 256. What a file holds then depends on its records
only, so a dataset to which records were added shares all files but few with the one before."""

LEAST, MOST = 128, 1024
"""Records of a file: the fewest, whatever their ids, and the most. So files are much of one size, and one more record
seldom falls into a long one."""

SIZE = 64 * 2**20
"""Bytes of records in memory after which a file ends all the same."""

STORED: dict[str, Any] = {
    "compression": "zstd", "write_statistics": False, "store_schema": False,
    "use_dictionary": ["group", "label", "license", "basis", "subject", "consent_reference"]}
"""How a file of a part is written. Files are short, so what stands in each beside its records is kept small."""

_SCHEMA = pa.schema([SCHEMA.field(name) for name in KEPT])


def write_part(folder: Path, part: Part, spill: Spill, decisions: Decisions) -> None:
    """Write the kept records of a part: `train.parquet`, or `train-0001.parquet` and so on where they are many."""
    files = 0
    for table in cut(_kept(part, spill, decisions)):
        files += 1
        _write(table, folder / f"{part}-{files:04d}.parquet")
    if files == 1:
        (folder / f"{part}-0001.parquet").rename(folder / f"{part}.parquet")
    if files == 0:
        _write(_SCHEMA.empty_table(), folder / f"{part}.parquet")


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, **STORED)


def _kept(part: Part, spill: Spill, decisions: Decisions) -> Iterator[pa.RecordBatch]:
    """The kept records of a part, batch by batch."""
    chosen = (decisions.why == 0) & (decisions.part == PARTS.index(part))
    for start, batch in spill.batches():
        at = np.flatnonzero(chosen[start:start + batch.num_rows])
        if len(at):
            # Repeated records stand side by side: training shuffles them.
            lines: Any = np.repeat(at, decisions.copies[start + at])
            taken = batch.select(KEPT).take(pa.array(lines))
            yield taken.set_column(KEPT.index("weight"), _SCHEMA.field("weight"),
                                   pa.array(decisions.weight[start + lines]))


def cut(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The records in tables that each become a file: they begin and end at the same records, however batched."""
    pieces: list[pa.RecordBatch] = []
    held = size = 0
    for batch in batches:
        last = pc.ends_with(batch.column("id"), CUT).to_numpy(zero_copy_only=False)
        begin = 0
        while begin < batch.num_rows:
            least = max(begin, begin + LEAST - held - 1)  # the first record after which the file may end
            more = last[least:begin + MOST - held].nonzero()[0]
            end = min(least + int(more[0]) + 1 if len(more) else begin + MOST - held, batch.num_rows)
            pieces.append(batch.slice(begin, end - begin))
            held, size = held + end - begin, size + pieces[-1].nbytes
            if held == MOST or (held >= LEAST and last[end - 1]) or size > SIZE:
                yield pa.Table.from_batches(pieces)
                pieces, held, size = [], 0, 0
            begin = end
    if pieces:
        yield pa.Table.from_batches(pieces)
