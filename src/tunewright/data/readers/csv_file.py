"""CSV: comma-separated, a header line, fields quoted with `"` where needed (RFC 4180)."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.data.readers.table import LINE, Row, Table, lines


def read(path: Path, name: str) -> Table:
    """The rows below the header. Raises Fault for a missing or repeated column name; ragged rows raise later."""
    csv.field_size_limit(LINE)
    records = _records(csv.reader(lines(path, name), strict=True), name)
    _, header = next(records, (0, []))
    if not header:
        raise Fault(f"{name} has no header: name the columns in its first line.")
    for number, column in enumerate(header, 1):
        if not column.strip():
            raise Fault(f"{name}, line 1: column {number} has no name: name every column.")
        if header.index(column) < number - 1:
            raise Fault(f"{name}, line 1: column `{column}` is named twice: rename one.")
    return Table(name, tuple(header), _rows(records, header, name))


def _rows(records: Iterator[tuple[int, list[str]]], header: list[str], name: str) -> Iterator[Row]:
    for number, (line, values) in enumerate(records, 1):
        if len(values) != len(header):
            raise Fault(f"{name}, row {number} (line {line}) has {len(values)} fields where the header has "
                        f"{len(header)}: quote fields that hold commas or line breaks.")
        yield Row(number, dict(zip(header, values, strict=True)), line)


def _records(reader: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    """(line it begins on, values) of each record; blank lines are passed over."""
    begins = 1
    try:
        for values in reader:
            if values:
                yield begins, values
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Fault(f"{name}, line {begins}: {_reason(str(error))}") from error


def _reason(error: str) -> str:
    if "unexpected end" in error:
        return 'a field opened with `"` is never closed: close it.'
    if "field larger" in error:
        return f'a field is longer than {LINE >> 20} MB: split it, or close the `"` it opened with.'
    if "new-line character" in error:
        return "a line ends with a bare carriage return: save the file with \\n or \\r\\n line ends."
    return 'a `"` stands inside a quoted field: write it twice (`""`).'
