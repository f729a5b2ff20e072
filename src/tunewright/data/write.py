"""Write, the third move: stream the spill through the decisions into the dataset's files."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tunewright.core.examples import PARTS, Part
from tunewright.data.compact import Compact
from tunewright.data.decisions import Decisions
from tunewright.data.spill import KEPT, SCHEMA, Spill
from tunewright.data.step import WHYS
from tunewright.recipe import DataSpec

CUT = ("000", "400", "800", "c00")
"""A file of a part ends after a record whose id ends so: one in 1,024. What a file holds then depends on its records
only, so a dataset to which records were added shares all files but few with the one before."""

SIZE = 64 * 2**20
"""Bytes of records in memory after which a file ends all the same."""

_SCHEMA = pa.schema([SCHEMA.field(name) for name in KEPT])


def write_part(folder: Path, part: Part, spill: Spill, decisions: Decisions) -> None:
    """Write the kept records of a part: `train.parquet`, or `train-0001.parquet` and so on where they are many."""
    files = 0
    for table in cut(_kept(part, spill, decisions)):
        files += 1
        pq.write_table(table, folder / f"{part}-{files:04d}.parquet", compression="zstd")
    if files == 1:
        (folder / f"{part}-0001.parquet").rename(folder / f"{part}.parquet")
    if files == 0:
        pq.write_table(_SCHEMA.empty_table(), folder / f"{part}.parquet", compression="zstd")


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
    for batch in batches:
        last = pc.match_substring_regex(batch.column("id"), f"({'|'.join(CUT)})$").to_numpy(zero_copy_only=False)
        ends = (last.nonzero()[0] + 1).tolist()
        for begin, end in zip([0, *ends], [*ends, batch.num_rows], strict=True):
            pieces += [batch.slice(begin, end - begin)] if end > begin else []
            if pieces and (end in ends or sum(piece.nbytes for piece in pieces) > SIZE):
                yield pa.Table.from_batches(pieces)
                pieces = []
    if pieces:
        yield pa.Table.from_batches(pieces)


def write_removed(path: Path, spill: Spill, compact: Compact, decisions: Decisions, spec: DataSpec) -> None:
    """Write one JSON line for every record that could be used and was left out, in order."""
    with path.open("w", encoding="ascii") as stream:
        for start, batch in spill.batches():
            why = decisions.why[start:start + batch.num_rows]
            reasons, ids = batch.column("reason"), batch.column("id")
            for at in why.nonzero()[0].tolist():
                told = {"why": WHYS[why[at]], **_place(start + at, compact, decisions, spec)}
                reason = reasons[at].as_py() or decisions.reasons.get(start + at)
                told |= {"reason": reason} if reason else {}
                same = int(decisions.same[start + at])
                if same >= 0:
                    told |= {f"same_{name}": value for name, value in _place(same, compact, decisions, spec).items()}
                    told["similarity"] = round(float(decisions.similarity[start + at]), 4)
                told |= {"id": ids[at].as_py()} if ids[at].as_py() else {}
                stream.write(json.dumps(told) + "\n")


def _place(number: int, compact: Compact, decisions: Decisions, spec: DataSpec) -> dict[str, Any]:
    return {"path": spec.sources[compact.source[number]].path, "row": int(compact.row[number]),
            "part": PARTS[decisions.part[number]]}
