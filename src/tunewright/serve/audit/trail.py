"""Reading the trail: what lies on this machine, and closed segments of others, out of the store."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunewright.core.errors import Corrupt, Fault
from tunewright.core.home import Home
from tunewright.serve.audit.cipher import opened
from tunewright.serve.audit.segment import anchors, dropped, folder, here, sound

_LONGEST = 2 * 86_400  # seconds from a question to the record of its answer, at most, with room to spare


def find(home: Home, response_id: str) -> dict[str, Any]:
    """The record about a response, by its id (`chatcmpl-…`, or its number alone). Raises Fault if there is none,
    Corrupt if it was changed.
    """
    record = look(home, response_id)
    if record is None:
        raise Fault(f"no answer with id {response_id} is in {folder(home)}: give the id of a response of this home's "
                    "gateway, such as chatcmpl-….")
    return record


def look(home: Home, response_id: str) -> dict[str, Any] | None:
    """The same; None if there is none. Raises Fault if it cannot be read."""
    number = response_id.rpartition("-")[2]
    needle = f'-{number}"'.encode()
    for name, content in _contents(home, _when(number)) if number else ():
        for line, record in _lines(content, needle):
            if record is None:
                raise Corrupt(f"audit: line {line} of {name} was changed after it was written.")
            if record["id"] == response_id or ("-" not in response_id and record["id"].endswith(f"-{number}")):
                return opened(record, name)
    return None


def _lines(content: bytes, needle: bytes) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Number and record of each line that holds `needle`; the record is None if the line was changed."""
    at = content.find(needle)
    while at >= 0:
        start, end = content.rfind(b"\n", 0, at) + 1, content.find(b"\n", at)
        end = len(content) if end < 0 else end
        yield content.count(b"\n", 0, start) + 1, sound(content[start:end])
        at = content.find(needle, end)


def records(home: Home) -> Iterator[dict[str, Any]]:
    """Every record, oldest segment first; lines that are none are left out, since `verify` tells of them."""
    yield from following(home, {})


def following(home: Home, read: dict[str, int], since: str = "") -> Iterator[dict[str, Any]]:
    """Records that came since the last call with this `read`, which holds how many bytes of each segment are known.

    With `since` (ISO 8601, UTC), only records from then on. A half-written line waits for its end. Raises Fault if a
    segment is encrypted and its key is not there.
    """
    for name, path in sorted(_places(home, since).items()):
        start = read.get(name, 0)
        if isinstance(path, Path):
            with path.open("rb") as stream:
                stream.seek(start)
                content = stream.read()
        elif start:  # it was read while it grew here, or is whole
            continue
        else:
            content = home.store.get(path)
        whole = content.rfind(b"\n") + 1
        for line in content[:whole].splitlines():
            record = _parsed(line)
            if record is not None and record["at"] >= since:
                yield opened(record, name)
        if whole:
            read[name] = start + whole


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "id" in record and "at" in record else None


def _places(home: Home, since: str) -> dict[str, Path | str]:
    """Where each segment lies that was not closed before `since`: its file, or its object's digest in the store."""
    gone = dropped(home)
    kept: dict[str, Path | str] = {name: str(entry.data["digest"]) for name, entry in anchors(home).items()
                                   if name not in gone and entry.at >= since}
    return kept | {path.name: path for path in here(home)}


def _contents(home: Home, when: float | None) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of segments, newest first, those of this machine before those in the store.

    With `when` (seconds since 1970), only those that may hold the answer to a question of that time.
    """
    local = here(home)
    for path in reversed(local):
        if when is None or (_began(path.name) - _LONGEST <= when + _LONGEST and path.stat().st_mtime >= when - 1):
            yield path.name, path.read_bytes()
    names, gone = {path.name for path in local}, dropped(home)
    for name, entry in sorted(anchors(home).items(), reverse=True):
        ended = datetime.fromisoformat(entry.at).timestamp()
        if name not in names and name not in gone and (
                when is None or (_began(name) <= when + _LONGEST and ended >= when - 1)):
            yield name, home.store.get(entry.data["digest"])


def _began(name: str) -> float:
    return datetime.strptime(name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp()


def _when(number: str) -> float | None:
    """The time that the number of a response ends with, in seconds; None if it holds none."""
    try:
        return int(number[20:], 16) / 1000 if len(number) == 32 else None
    except ValueError:
        return None
