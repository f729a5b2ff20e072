"""The audit trail: one line for each answer, chained line by line, each closed segment anchored in the ledger.

Lines hold digests of prompt and answer, never their text; `previous` and `line` are the chain's own digests. A
segment belongs to one gateway, which holds a lock on it; one that a killed gateway left behind is anchored by the
next to start.
"""

import errno
import fcntl
import json
import os
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from tunewright.core.digest import canonical, digest_bytes, digest_file, digest_json
from tunewright.core.errors import Corrupt, Fault
from tunewright.core.home import Home
from tunewright.core.ledger import GENESIS, Entry

ACTION = "audit"
SEGMENT_LINES = 10_000
Segment = tuple[Path, FileIO]


def folder(home: Home) -> Path:
    """Where the segments lie."""
    return home.path / "audit"


class Audit:
    """Writes segments. Safe for one event loop: a line is one write, and anchoring happens on a thread."""

    def __init__(self, home: Home, by: str, lines: int = SEGMENT_LINES) -> None:
        self._home = home
        self._by = by
        self._most = lines
        self._segment: Segment | None = None
        self._previous, self._lines = GENESIS, 0
        self._anchors = ThreadPoolExecutor(1, "tunewright-anchor")
        try:
            folder(home).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(home, error) from error
        for path in _segments(home):
            _adopt(home, path, by)

    def write(self, record: dict[str, Any]) -> None:
        """Add a line. Raises Fault if it cannot be written: an answer that leaves no record must not be given."""
        digest, line = _sealed({**record, "previous": self._previous})
        try:
            if self._segment is None:
                self._segment = _open(self._home)
            _append(self._segment[1], line)
        except OSError as error:
            raise _unwritable(self._home, error) from error
        self._previous = digest
        self._lines += 1
        if self._lines >= self._most:
            self._end("the segment is full")

    def close(self) -> None:
        """Anchor what was written. Returns when the ledger holds it."""
        self._end("the gateway stopped")
        self._anchors.shutdown(wait=True)

    def _end(self, why: str) -> None:
        if self._segment is None:
            return
        segment, self._segment = self._segment, None
        self._previous, self._lines = GENESIS, 0
        self._anchors.submit(_anchor, self._home, segment, self._by, why)


def _sealed(body: dict[str, Any]) -> tuple[str, bytes]:
    """The digest of a record, and the canonical line that holds both. Both sides of the digest are written once."""
    before = ",".join([_member(key, body[key]) for key in sorted(body) if key < "line"])
    behind = ",".join([_member(key, body[key]) for key in sorted(body) if key > "line"])
    digest = digest_bytes(f"{{{before},{behind}}}".encode())
    return digest, f'{{{before},"line":"{digest}",{behind}}}\n'.encode()


def _member(key: str, value: Any) -> str:
    """One member of a canonical object: for most, the whole encoder would take ten times as long."""
    kind = type(value)
    if kind is str:
        return f'"{key}":{encode_basestring(value)}'
    if kind is int:
        return f'"{key}":{value}'
    return f'"{key}":null' if value is None else f'"{key}":{canonical(value).decode()}'


def find(home: Home, response_id: str) -> dict[str, Any]:
    """The line about a response, by its id (`chatcmpl-…`). Raises Fault if there is none, Corrupt if it was changed."""
    request_id = response_id.rpartition("-")[2]
    needle = f'-{request_id}"'.encode()
    for path in reversed(_segments(home)):
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if request_id and needle in line:
                record = _sound(line)
                if record is None:
                    raise Corrupt(f"audit: line {number} of {path.name} was changed after it was written.")
                return record
    raise Fault(f"no answer with id {response_id} is in {folder(home)}: give the id of a response of this home's "
                "gateway, such as chatcmpl-….")


def verify(home: Home) -> Iterator[str]:
    """One sentence for each line that was changed, and each anchored segment that is gone, cut or rewritten."""
    anchors: dict[str, Entry] = {entry.subject: entry for entry in home.ledger.entries(action=ACTION)}
    paths = {path.name: path for path in _segments(home)}
    for name in sorted({*anchors, *paths}):
        if name not in paths:
            yield f"audit: segment {name}, anchored in ledger entry {anchors[name].number}, is gone."
            continue
        broken = list(_breaks(paths[name]))
        yield from broken
        if not broken and name in anchors and digest_file(paths[name]) != anchors[name].data["digest"]:
            yield (f"audit: segment {name} is not what ledger entry {anchors[name].number} anchored "
                   f"({anchors[name].data['lines']} lines): it was cut, lengthened or rewritten.")


def _breaks(path: Path) -> Iterator[str]:
    previous: str | None = GENESIS
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines[:-1], 1):
        record = _sound(line)
        if record is None:
            yield f"audit: line {number} of {path.name} was changed after it was written."
        elif previous is not None and record["previous"] != previous:
            yield f"audit: line {number} of {path.name} does not follow the line before it: one was taken out or moved."
        previous = record["line"] if record else None
    if lines[-1]:
        yield f"audit: line {len(lines)} of {path.name} was changed after it was written: it has no end."


def _sound(line: bytes) -> dict[str, Any] | None:
    """The record of a line if every byte is as it was written, else None."""
    try:
        record: dict[str, Any] = json.loads(line)
        body = {key: value for key, value in record.items() if key != "line"}
        sound = canonical(record) == line and record["line"] == digest_json(body) and "previous" in body
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return record if sound else None


def _segments(home: Home) -> list[Path]:
    """Segments, oldest first (their names begin with their time)."""
    return sorted(folder(home).glob("*.jsonl"))


def _open(home: Home) -> Segment:
    """A new segment. It gets its name only once it is locked, so that nobody takes it for an abandoned one."""
    path = folder(home) / f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}.jsonl"
    opening = path.with_suffix(".opening")
    stream = opening.open("xb", buffering=0)
    fcntl.flock(stream, fcntl.LOCK_EX)
    opening.rename(path)
    return path, stream


def _append(stream: FileIO, line: bytes) -> None:
    """Write a whole line or nothing: a full disk must not leave half of one."""
    before = stream.tell()
    if stream.write(line) != len(line):
        stream.truncate(before)
        stream.seek(before)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _anchor(home: Home, segment: Segment, by: str, why: str, torn: int = 0) -> None:
    """Make the segment's bytes safe on disk, then its digest known to the ledger, then let go of its lock."""
    path, stream = segment
    with stream:
        os.fsync(stream.fileno())
        lines = path.read_bytes().splitlines()
        data = {"digest": digest_file(path), "lines": len(lines), **({"torn_bytes": torn} if torn else {})}
        home.ledger.append(ACTION, path.name, by=by, why=why, data=data)


def _adopt(home: Home, path: Path, by: str) -> None:
    """Anchor a segment that nobody writes and nobody anchored; half a last line is cut off and told."""
    if any(home.ledger.entries(action=ACTION, subject=path.name)):
        return
    stream = path.open("r+b", buffering=0)
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    os.ftruncate(stream.fileno(), whole)
    _anchor(home, (path, stream), by, "a gateway stopped without closing it", len(content) - whole)


def _unwritable(home: Home, error: OSError) -> Fault:
    return Fault(f"the audit trail in {folder(home)} cannot be written ({error.strerror}): free room or mend its "
                 "rights; no answer is given without its record.")
