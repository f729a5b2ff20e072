"""Parquet: columns by name, read in batches. pyarrow is imported on use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.data.readers.table import Row, Table

_BATCH = 1024


def read(path: Path, name: str) -> Table:
    """The file's rows. Raises Fault if it is not Parquet or names a column twice."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        columns = tuple(file.schema_arrow.names)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise Fault(f"{name} is not a Parquet file ({_first(error)}): write it again, or give it its true "
                    "ending.") from error
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise Fault(f"{name}: column `{twice}` is named twice: rename one.")
    return Table(name, columns, _rows(file, name))


def _rows(file: Any, name: str) -> Iterator[Row]:
    import pyarrow as pa

    number = 0
    try:
        # One thread: after a threaded read pyarrow may abort the interpreter at exit (apache/arrow#34314).
        for batch in file.iter_batches(_BATCH, use_threads=False):
            for fields in batch.to_pylist():
                number += 1
                yield Row(number, fields)
    except (pa.ArrowException, OSError) as error:
        raise Fault(f"{name} is broken after row {number} ({_first(error)}): write it again.") from error
    except UnicodeDecodeError as error:
        raise Fault(f"{name}, among the {_BATCH} rows after row {number}: a text is not UTF-8 ({error.reason}): "
                    "write it again as UTF-8.") from error


def _first(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(". ") if str(error) else type(error).__name__
