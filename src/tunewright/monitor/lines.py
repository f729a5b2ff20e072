"""How figures of live answers are kept: each a line with the answer's id and time, the figure encrypted as the trail is
(`serve/audit/cipher.py`), so that a key that is thrown away makes it unreadable too.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.serve.audit.cipher import closed, opened


def line(name: str, at: str, figure: Any, path: Path) -> str:
    """One line of the file. Raises Fault if there is a key and it is none, or what it needs is not installed."""
    return json.dumps(closed({"id": name, "at": at, "figure": figure}, path.name)) + "\n"


def figures(path: Path) -> dict[str, Any]:
    """The figures that are kept, by the answer's id; one whose key is not there is none."""
    found = {}
    for name, _, text in lines(path):
        try:
            found[name] = opened({"previous": "", "line": "", **json.loads(text)}, path.name)["figure"]
        except Fault:
            continue
    return found


def lines(path: Path) -> Iterator[tuple[str, str, str]]:
    """The lines of a file, with the id and time that each tells; a line that a kill left half written is none."""
    for text in path.read_text().splitlines() if path.exists() else ():
        try:
            told = json.loads(text)
            name, at = told["id"], told["at"]
        except (ValueError, KeyError, TypeError):
            continue
        yield name, at, text
