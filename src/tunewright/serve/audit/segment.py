"""Segments: files of chained lines, each line the canonical JSON of a record, of the digest of the line before it
(`previous`) and of its own (`line`). What closes one, and drops one, is an entry of the ledger.
"""

import json
from functools import lru_cache
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from tunewright.core.digest import canonical, digest_bytes, digest_json
from tunewright.core.home import Home
from tunewright.core.ledger import Entry

ACTION = "audit"
"""The entry of a closed segment: its name, digest and number of lines."""
DROP = "drop-audit"
"""The entry of a segment whose time is over, and which is kept no more."""


def folder(home: Home) -> Path:
    """Where the segments of this machine's gateways lie."""
    return home.path / "audit"


def here(home: Home) -> list[Path]:
    """The segments of this machine, oldest first (their names begin with their time)."""
    return sorted(folder(home).glob("*.jsonl"))


def anchors(home: Home) -> dict[str, Entry]:
    """The entry that closed each segment, by its name."""
    return {entry.subject: entry for entry in home.ledger.entries(action=ACTION)}


def dropped(home: Home) -> dict[str, Entry]:
    """The entry that dropped each segment that was dropped, by its name."""
    return {entry.subject: entry for entry in home.ledger.entries(action=DROP)}


def sealed(body: dict[str, Any]) -> tuple[str, bytes]:
    """The digest of a record, and the canonical line that holds both. Both sides of the digest are written once."""
    left, right = _order(tuple(body))
    before, behind = _members(body, left), _members(body, right)
    digest = digest_bytes(f"{{{before},{behind}}}".encode())
    return digest, f'{{{before},"line":"{digest}",{behind}}}\n'.encode()


def sound(line: bytes) -> dict[str, Any] | None:
    """The record of a line if every byte is as it was written, else None."""
    try:
        record: dict[str, Any] = json.loads(line)
        body = {key: value for key, value in record.items() if key != "line"}
        good = canonical(record) == line and record["line"] == digest_json(body) and "previous" in body
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return record if good else None


@lru_cache(64)
def _order(keys: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys before and behind `line`, as a canonical object has them."""
    return (tuple(key for key in sorted(keys) if key < "line"), tuple(key for key in sorted(keys) if key > "line"))


def _members(body: dict[str, Any], keys: tuple[str, ...]) -> str:
    """These members of a canonical object: for most, the whole encoder would take ten times as long."""
    members = []
    for key in keys:
        value = body[key]
        kind = type(value)
        if kind is str:
            members.append(f'"{key}":{encode_basestring(value)}')
        elif kind is int:
            members.append(f'"{key}":{value}')
        else:
            members.append(f'"{key}":null' if value is None else f'"{key}":{canonical(value).decode()}')
    return ",".join(members)
