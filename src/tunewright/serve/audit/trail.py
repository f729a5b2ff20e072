"""Reading the trail: what lies on this machine, and closed segments of others, out of the store."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunewright.core.errors import Corrupt, Fault
from tunewright.core.home import Home
from tunewright.serve.audit.cipher import opened
from tunewright.serve.audit.segment import ACTION, DROP, anchors, dropped, folder, here, sound

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
    for name, content in _contents(home, asked_at(number)) if number else ():
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
    """Every record, oldest segment first; lines that are none are left out, since `verify` tells of them.

    Raises Fault if a segment cannot be read, once all others were.
    """
    trail = Trail(home)
    yield from trail.new()
    if trail.unread:
        raise Fault(trail.unread[0])


class Trail:
    """Follows the trail of all gateways from a time on (ISO 8601, UTC): those of this machine line by line as they
    write, those of other machines when a segment was closed. Each record comes once, wherever its segment lies then.

    `unread` says which segments could not be read at the last call of `new`; they are tried again at the next.
    """

    def __init__(self, home: Home, since: str = "") -> None:
        self._home, self._since = home, since
        self._known: dict[str, int] = {}  # bytes read of each segment that may still grow
        self._closed: dict[str, str] = {}  # the object of each closed segment that was not read to its end
        self._done: set[str] = set()
        self._entry = 0
        self.unread: list[str] = []

    def new(self) -> Iterator[dict[str, Any]]:
        """Records that came since the last call; a half-written line waits for its end.

        Raises Fault if a segment is encrypted and its key is not there.
        """
        self.unread = []
        self._follow()
        paths = {path.name: path for path in here(self._home)}
        for name in sorted({*self._closed, *paths} - self._done):
            content = self._content(name, paths.get(name))
            if content is None:
                continue
            whole = content.rfind(b"\n") + 1
            found = [opened(record, name) for line in content[:whole].splitlines()
                     if (record := _parsed(line)) is not None and record["at"] >= self._since]
            self._known[name] = self._known.get(name, 0) + whole
            if name in self._closed:  # its entry was there before we read: nothing more comes
                del self._closed[name], self._known[name]
                self._done.add(name)
            yield from found

    def _follow(self) -> None:
        """Take in which segments the ledger says were closed, and which were dropped."""
        for entry in self._home.ledger.entries(after=self._entry):
            self._entry = entry.number
            if entry.action == ACTION and entry.at >= self._since:
                self._closed[entry.subject] = str(entry.data["digest"])
            elif entry.action in (ACTION, DROP):
                self._done.add(entry.subject)
                self._closed.pop(entry.subject, None)

    def _content(self, name: str, path: Path | None) -> bytes | None:
        """What a segment holds beyond what is known of it; None if that cannot be told now."""
        start = self._known.get(name, 0)
        if path is not None:
            try:
                with path.open("rb") as stream:
                    stream.seek(start)
                    return stream.read()
            except FileNotFoundError:  # dropped just now, or lost: then the store may have it
                if name not in self._closed:
                    return None
        try:
            return self._home.store.get(self._closed[name])[start:]
        except Fault as fault:
            self.unread.append(f"segment {name} of the audit trail cannot be read: {fault}")
            return None


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "id" in record and "at" in record else None


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
    return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC).timestamp()


def asked_at(number: str) -> float | None:
    """The time that the number of a response ends with, in seconds; None if it holds none."""
    try:
        return int(number[20:], 16) / 1000 if len(number) == 32 else None
    except ValueError:
        return None
