"""Parquet: columns by name, read in small batches. pyarrow is imported on use.

A Parquet file can say much in few bytes: a text stored once and named by every row, pages that unpack to gigabytes.
So what its columns would unpack to is looked up before they are read, and texts stay dictionaries until it is known
that the rows which name them are small.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.data.readers.file import FREE, RATIO, bomb
from tunewright.data.readers.table import LINE, Row, Table, named_once

GROUP = 1 << 30
"""Largest row group, in bytes when unpacked: what a reader may have to hold at once."""

_BATCH = 64
_MEND = "write its rows as JSONL and name that file"


def read(path: Path, name: str) -> Table:
    """The file's rows. Raises Fault if it is not Parquet, names a column twice, or unpacks to more than it may."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
        plain = file.schema_arrow
        texts = [column.path for column in map(file.schema.column, range(len(file.schema)))
                 if column.physical_type == "BYTE_ARRAY"]
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20, read_dictionary=texts)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise Fault(f"{name} is not a Parquet file ({_first(error)}): write it again, or give it its true "
                    "ending.") from error
    named_once(tuple(plain.names), name)
    most = max(FREE, RATIO * path.stat().st_size)
    _refuse_bomb(file.metadata, most, name)
    return Table(name, tuple(plain.names), _rows(file, plain, most, name))


def _refuse_bomb(metadata: Any, most: int, name: str) -> None:
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    if max(metadata.num_rows, sum(group.total_byte_size for group in groups)) > most:
        raise bomb(name, _MEND)
    largest = max((group.total_byte_size for group in groups), default=0)
    if largest > GROUP:
        raise Fault(f"{name} has a row group of {largest >> 20:,} MB, more than {GROUP >> 20:,}: write it again with "
                    "smaller row groups.")


def _rows(file: Any, plain: Any, most: int, name: str) -> Iterator[Row]:
    import pyarrow as pa

    number = given = 0
    try:
        # One thread: after a threaded read pyarrow may abort the interpreter at exit (apache/arrow#34314).
        for batch in file.iter_batches(_BATCH, use_threads=False):
            given += sum(map(_bytes, batch.columns))
            if given > most:
                raise bomb(name, _MEND)
            for piece in _small(batch, name, number):
                for fields in piece.cast(plain).to_pylist():
                    number += 1
                    yield Row(number, fields)
    except (pa.ArrowException, OSError) as error:
        raise Fault(f"{name} is broken after row {number} ({_first(error)}): write it again.") from error
    except UnicodeDecodeError as error:
        raise Fault(f"{name}, among the {_BATCH} rows after row {number}: a text is not UTF-8 ({error.reason}): "
                    "write it again as UTF-8.") from error


def _small(batch: Any, name: str, before: int) -> Iterator[Any]:
    """The batch in pieces of at most `LINE` bytes once every text stands out. Fault for a row that is larger."""
    if sum(map(_bytes, batch.columns)) <= LINE:
        yield batch
        return
    if len(batch) == 1:
        raise Fault(f"{name}, row {before + 1} is longer than {LINE >> 20} MB: split or remove it.")
    half = len(batch) // 2
    yield from _small(batch.slice(0, half), name, before)
    yield from _small(batch.slice(half), name, before + half)


def _bytes(array: Any) -> int:
    """Bytes of an array whose texts no longer share a dictionary."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_dictionary(kind):
        sizes = pc.fill_null(pc.binary_length(array.dictionary), 0)
        return int(pc.sum(sizes.take(array.indices.drop_null())).as_py() or 0) + len(array)
    if pa.types.is_struct(kind):
        return sum(_bytes(inner) for inner in array.flatten())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _bytes(array.flatten()) + 8 * len(array)
    if pa.types.is_map(kind):
        begin, end = array.offsets[0].as_py(), array.offsets[-1].as_py()
        return sum(_bytes(inner.slice(begin, end - begin)) for inner in (array.keys, array.items))
    return int(array.nbytes)


def _first(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(". ") if str(error) else type(error).__name__
