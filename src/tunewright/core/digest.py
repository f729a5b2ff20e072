"""Digests: SHA-256 in hexadecimal, over bytes or over canonical JSON (RFC 8785 in spirit)."""

import hashlib
import json
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: Any) -> bytes:
    """`value` as JSON with sorted keys, no spaces, UTF-8 and no NaN: equal values give equal bytes."""
    return _CANONICAL.encode(value).encode()


def digest_bytes(content: bytes) -> str:
    """SHA-256 of `content`, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def digest_json(value: Any) -> str:
    """SHA-256 of the canonical JSON of `value`."""
    return digest_bytes(canonical(value))


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces of 1 MiB."""
    with path.open("rb") as stream:
        state = hashlib.sha256()
        while piece := stream.read(_CHUNK):
            state.update(piece)
    return state.hexdigest()


def short(digest: str) -> str:
    """The first six digits, enough for a person to tell two digests apart."""
    return digest[:6]
