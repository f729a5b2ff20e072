"""JSON: one array of objects in a file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.data.readers.jsonl_file import NAMES
from tunewright.data.readers.strict_json import loads
from tunewright.data.readers.table import Row, Table, lines

FILE = 512 * 2**20
"""Largest file, in bytes: an array is parsed whole."""


def read(path: Path, name: str) -> Table:
    """The array's objects. Raises Fault if the file is not one JSON array, or is larger than `FILE`."""
    if path.stat().st_size > FILE:
        raise Fault(f"{name} is larger than {FILE >> 20} MB, and a JSON array is parsed whole: write it as JSONL, "
                    "which is read line by line.")
    try:
        value = loads("".join(lines(path, name)))
    except json.JSONDecodeError as error:
        raise Fault(f"{name}, line {error.lineno}, column {error.colno} is not JSON ({error.msg}): mend it there"
                    f"{', or name the file .jsonl' if error.msg == 'Extra data' else ''}.") from error
    except ValueError as error:
        raise Fault(f"{name} cannot be used ({error}): mend it.") from error
    if not isinstance(value, list):
        raise Fault(f"{name} is {NAMES.get(type(value), 'an object')}, not an array: write [{{…}}, {{…}}], "
                    "or one object a line in a .jsonl file.")
    return Table(name, None, _rows(value, name))


def _rows(values: list[Any], name: str) -> Iterator[Row]:
    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise Fault(f"{name}, row {number} is {NAMES[type(value)]}, not an object: write it as "
                        "{\"column\": value, …}.")
        yield Row(number, value)
