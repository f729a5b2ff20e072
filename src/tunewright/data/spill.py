"""The spill: prepared records on their way to the dataset, in one Arrow file that is mapped into memory, not held.

A record that a step left out keeps its line, without what it said: the split must not move its neighbours.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tunewright.core.examples import COLUMNS, Example, from_table

PROVENANCE = pa.schema([
    ("license", pa.string()), ("basis", pa.string()), ("subject", pa.string()), ("consent_date", pa.date32()),
    ("consent_reference", pa.string()), ("expires", pa.date32())])
FOUND = pa.schema([("as_read", pa.binary(16)), ("scores", pa.string()), ("pii", pa.string())])
"""The key of what a record said when it was read, before anything was masked, so that it is known when it is read
again; then JSON objects: quality figures by name, and how many spans of PII of each kind."""

COMPACT = pa.schema([
    ("key", pa.binary(16)), ("asks", pa.binary(16)), ("unit", pa.binary(16)), ("labelled", pa.uint64()),
    ("shape", pa.uint8()), ("length", pa.int64())])
"""What decisions over all records look at. Digests are cut to 16 bytes; see data/compact.py."""

SKETCH = pa.schema([("plain", pa.binary(16)), ("bands", pa.binary())])
"""What is kept of what a record asks, to find others that ask the same or nearly so; see data/asked.py."""

LEFT_OUT = pa.schema([("why", pa.string()), ("reason", pa.string())])

BALANCE = pa.schema([("balance", pa.string())])
"""What the recipe balances by, as text."""

_NUMBERS = {"source": pa.int64(), "row": pa.int64(), "weight": pa.float64()}
_EXAMPLE = pa.schema([(name, _NUMBERS.get(name, pa.string())) for name in COLUMNS])
SCHEMA = pa.unify_schemas([_EXAMPLE, PROVENANCE, FOUND, COMPACT, SKETCH, LEFT_OUT, BALANCE])
KEPT = [*COLUMNS, *PROVENANCE.names, *FOUND.names]
"""The columns of a part."""


class Spill:
    """The records of a file that `write` wrote. Records are named by their number, from 0, in reading order."""

    def __init__(self, path: Path) -> None:
        self._file = pa.ipc.open_file(pa.memory_map(str(path)))
        sizes = [self._file.get_batch(at).num_rows for at in range(self._file.num_record_batches)]
        self._starts = np.cumsum([0, *sizes])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def batches(self) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Each batch with the number of its first record."""
        for at in range(self._file.num_record_batches):
            yield int(self._starts[at]), self._file.get_batch(at)

    def take(self, numbers: Sequence[int] | Any, columns: Sequence[str]) -> pa.Table:
        """Some columns of the records of these numbers, in the order of `numbers`."""
        wanted = np.asarray(numbers, np.int64)
        homes = np.searchsorted(self._starts, wanted, "right") - 1
        pieces, places = [], []
        for home in np.unique(homes):
            at = np.flatnonzero(homes == home)
            batch = self._file.get_batch(int(home)).select(list(columns))
            pieces.append(batch.take(pa.array(wanted[at] - self._starts[home])))
            places.append(at)
        schema = pa.schema([SCHEMA.field(name) for name in columns])
        table = pa.Table.from_batches(pieces, schema)
        return table.take(pa.array(np.argsort(np.concatenate(places)))) if pieces else table

    def examples(self, numbers: Sequence[int] | Any) -> list[Example]:
        """The examples of these numbers, in that order."""
        return list(from_table(self.take(numbers, COLUMNS)))


def write(path: Path, batches: Iterable[bytes]) -> None:
    """Write batches that `encode` made, as they come."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as file:
        for content in batches:
            file.write_batch(decode(content))


def encode(batch: pa.RecordBatch) -> bytes:
    """The batch as bytes that travel between processes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return sink.getvalue().to_pybytes()


def decode(content: bytes) -> pa.RecordBatch:
    """The batch that `encode` made bytes of."""
    return pa.ipc.open_stream(content).read_next_batch()
