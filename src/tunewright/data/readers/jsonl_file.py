"""JSON Lines: one JSON object a line; blank lines are passed over."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.data.readers.table import Row, Table, decoded, raw_lines
from tunewright.data.strict_json import loads

NAMES = {list: "a list", str: "a string", int: "a number", float: "a number", bool: "true or false",
         type(None): "null"}


def read(path: Path, name: str) -> Table:
    """The file's objects, a line that is none as a broken row. Raises Fault where the first line is none already."""
    return Table(name, None, _rows(path, name))


def _rows(path: Path, name: str) -> Iterator[Row]:
    number = 0
    for line, raw in enumerate(raw_lines(path, name), 1):
        if not raw.strip():
            continue
        number += 1
        try:
            yield Row(number, _object(raw, line), line)
        except ValueError as error:
            if number == 1:
                raise Fault(f"{name}, line {line} {error}: write one JSON object a line, as "
                            "{\"column\": value, …}, in UTF-8.") from error
            yield Row(number, {"line": raw.decode(errors="backslashreplace").rstrip()}, line, broken=str(error))


def _object(raw: bytes, line: int) -> dict[str, Any]:
    """The object that a line holds. Raises ValueError with the reason as the rest of a sentence about the line."""
    text = decoded(raw, line).rstrip()
    try:
        value = loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON at column {error.colno} ({error.msg})") from error
    except ValueError as error:
        raise ValueError(f"holds JSON that cannot be used ({error})") from error
    if not isinstance(value, dict):
        raise ValueError(f"is {NAMES[type(value)]}, not an object")
    return value
