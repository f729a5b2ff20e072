"""CSV: comma-separated, a header line, fields quoted with `"` where needed (RFC 4180)."""

import csv
from collections.abc import Iterator
from pathlib import Path

from tunewright.core.errors import Fault
from tunewright.data.readers.table import LINE, Row, Table, lines, named_once

_TOO_LONG = f"a record is longer than {LINE >> 20} MB: split it, or close the `\"` that a field opened with."


def read(path: Path, name: str) -> Table:
    """The rows below the header, one that has other fields than it as a broken row.

    Raises Fault for a missing or repeated column name, a ragged first row, and while iterating where quotes are wrong:
    from there on nobody can tell where a record begins.
    """
    csv.field_size_limit(LINE)
    records = _records(path, name)
    _, header = next(records, (0, []))
    if not header:
        raise Fault(f"{name} has no header: name the columns in its first line.")
    named_once(tuple(header), f"{name}, line 1")
    unnamed = next((number for number, column in enumerate(header, 1) if not column.strip()), None)
    if unnamed is not None:
        raise Fault(f"{name}, line 1: column {unnamed} has no name: name every column.")
    return Table(name, tuple(header), _rows(records, header, name))


def _rows(records: Iterator[tuple[int, list[str]]], header: list[str], name: str) -> Iterator[Row]:
    for number, (line, values) in enumerate(records, 1):
        if len(values) == len(header):
            yield Row(number, dict(zip(header, values, strict=True)), line)
            continue
        ragged = f"has {len(values):,} fields where the header has {len(header):,}"
        if number == 1:
            raise Fault(f"{name}, row 1 (line {line}) {ragged}: quote fields that hold commas or line breaks.")
        yield Row(number, {"fields": values}, line, broken=ragged)


def _records(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """(line it begins on, values) of each record; blank lines are passed over."""
    taken = [0]
    begins = 1
    reader = csv.reader(_counted(lines(path, name), taken), strict=True)
    try:
        for values in reader:
            if values:
                yield begins, values
            begins = reader.line_num + 1
            taken[0] = 0
    except csv.Error as error:
        raise Fault(f"{name}, line {begins}: {_reason(str(error))}") from error


def _counted(texts: Iterator[str], taken: list[int]) -> Iterator[str]:
    """The lines; csv.Error once those of one record are together longer than `LINE`."""
    for text in texts:
        taken[0] += len(text)
        if taken[0] > LINE:
            raise csv.Error("field larger than field limit")
        yield text


def _reason(error: str) -> str:
    if "unexpected end" in error:
        return 'a field opened with `"` is never closed: close it.'
    if "field larger" in error:
        return _TOO_LONG
    if "new-line character" in error:
        return "a line ends with a bare carriage return: save the file with \\n or \\r\\n line ends."
    return 'a `"` stands inside a quoted field: write it twice (`""`).'
