"""JSON Lines: one JSON object a line; blank lines are passed over."""

import json
from collections.abc import Iterator
from pathlib import Path

from tunewright.core.errors import Fault
from tunewright.data.readers.table import Row, Table, lines
from tunewright.data.strict_json import loads

NAMES = {list: "a list", str: "a string", int: "a number", float: "a number", bool: "true or false",
         type(None): "null"}


def read(path: Path, name: str) -> Table:
    """The file's objects. Raises Fault, while iterating, at a line that is not one JSON object."""
    return Table(name, None, _rows(path, name))


def _rows(path: Path, name: str) -> Iterator[Row]:
    number = 0
    for line, text in enumerate(lines(path, name), 1):
        if not text.strip():
            continue
        number += 1
        try:
            value = loads(text.rstrip())
        except json.JSONDecodeError as error:
            raise Fault(f"{name}, line {line}, column {error.colno} is not JSON ({error.msg}): "
                        "write one JSON object a line.") from error
        except ValueError as error:
            raise Fault(f"{name}, line {line} cannot be used ({error}): mend that line.") from error
        if not isinstance(value, dict):
            raise Fault(f"{name}, line {line} is {NAMES[type(value)]}, not an object: write one JSON object a line, "
                        "as {\"column\": value, …}.")
        yield Row(number, value, line)
