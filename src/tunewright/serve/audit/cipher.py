"""Encryption of records at rest: AES-256-GCM, its keys from the environment.

TUNEWRIGHT_AUDIT_KEY holds one key or several, 64 hexadecimal digits each, a comma between them: the first one writes,
all of them read. To change the key, put the new one before the old. Once the segments that an old key wrote are
dropped, it may go; a key that is thrown away makes what it wrote unreadable, which `verify` still proves unchanged.

Only `id`, `at` and the chain stay readable. Each segment is written with a key of its own, derived from the key and
the segment's name (HKDF, RFC 5869), so that random nonces of 96 bits are far from meeting (NIST SP 800-38D, 8.3); a
line that is moved to another place, or has another id put before it, does not open.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from tunewright.core.digest import canonical, digest_bytes
from tunewright.core.errors import Corrupt, Fault

KEY = "TUNEWRIGHT_AUDIT_KEY"


def keys() -> list[bytes]:
    """The keys of the environment; none if records are not encrypted. Raises Fault for what is no key."""
    told = [word.strip() for word in os.environ.get(KEY, "").split(",") if word.strip()]
    try:
        found = [bytes.fromhex(word) for word in told]
    except ValueError:
        found = [b""]
    if any(len(key) != 32 for key in found):
        raise Fault(f"{KEY} holds what is no key: give 64 hexadecimal digits, such as `openssl rand -hex 32` prints; "
                    "several with commas between them.")
    return found


def closed(record: dict[str, Any], segment: str) -> dict[str, Any]:
    """The record as it is written: encrypted, if there is a key."""
    known = keys()
    return encrypted(record, segment, known[0]) if known else record


def encrypted(record: dict[str, Any], segment: str, key: bytes) -> dict[str, Any]:
    """The record, encrypted with `key` for this segment."""
    nonce = os.urandom(12)
    text = _cipher(key, segment).encrypt(nonce, canonical(record), _bound(record))
    return {"id": record["id"], "at": record["at"], "with": _name(key), "sealed": b64encode(nonce + text).decode()}


def opened(line: dict[str, Any], segment: str, known: Sequence[bytes] | None = None) -> dict[str, Any]:
    """The record that a line holds, as it was before it was encrypted, by one of the keys `known` (unless given, those
    of the environment). Raises Fault without its key, Corrupt if it was changed.
    """
    if "sealed" not in line:
        return line
    key = next((key for key in (keys() if known is None else known) if _name(key) == line["with"]), None)
    if key is None:
        raise Fault(f"segment {segment} of the audit trail is encrypted with key {line['with']}: put that key into "
                    f"{KEY}, behind the others.")
    from cryptography.exceptions import InvalidTag

    content = b64decode(line["sealed"])
    try:
        text = _cipher(key, segment).decrypt(content[:12], content[12:], _bound(line))
    except InvalidTag as error:
        raise Corrupt(f"audit: record {line['id']} of segment {segment} does not open: it was changed.") from error
    record: dict[str, Any] = json.loads(text)
    return {**record, "previous": line["previous"], "line": line["line"]}


def _bound(record: dict[str, Any]) -> bytes:
    return canonical([record["id"], record["at"]])


def _name(key: bytes) -> str:
    """What a key is called: it tells nothing of the key."""
    return digest_bytes(b"tunewright audit key\0" + key)[:8]


@lru_cache(maxsize=64)
def _cipher(key: bytes, segment: str) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    except ImportError as error:
        raise Fault("encrypting the audit trail needs a library that is not installed: "
                    "`pip install 'tunewright[encrypt]'`.") from error
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=segment.encode()).derive(key))
