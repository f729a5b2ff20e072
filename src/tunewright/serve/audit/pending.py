"""What was said of answers of other machines, whose records cannot be seen yet: it waits until their segment is closed.

Then it becomes a record of the trail, if the answer was given to the key that spoke; else it is forgotten, so that
nobody's word counts on an answer that was not theirs or never was. Until then it lies safe on disk in a file of this
gateway, encrypted as the trail is; what a killed gateway left is taken over by the next to start.
"""

import asyncio
import contextlib
import fcntl
import json
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.serve.audit.cipher import closed, opened
from tunewright.serve.audit.feedback import may, record
from tunewright.serve.audit.segment import ACTION, here, sound
from tunewright.serve.audit.trail import asked_at
from tunewright.serve.audit.write import SEGMENT_SECONDS, Audit, append, fresh

FOLDER = "pending"
PATIENCE = 2.0 * SEGMENT_SECONDS
"""Seconds after a question in which every segment that may hold its answer is closed."""
MOST = 50_000
_LOOK = 2.0  # seconds between two looks at what was closed
_SKEW = 60.0  # seconds by which the clocks of two machines may differ
_ID = re.compile(rb'"id":"([a-z]+-[0-9a-f]{32})"')


class Pending:
    """What waits in one gateway. `now` tells the seconds since 1970."""

    def __init__(self, home: Home, audit: Audit, now: Callable[[], float] = time.time) -> None:
        self._home, self._audit, self._now = home, audit, now
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._again: set[str] = set()  # answers whose segment may have been closed before they were waited for
        self._closed: deque[tuple[str, str]] = deque()
        self._entry = home.ledger.head().number
        self._folder = home.path / FOLDER
        self._file: tuple[Path, FileIO] | None = None
        self._lines = 0
        self._writing = asyncio.Lock()
        for path in sorted(self._folder.glob("*.jsonl")):
            self._adopt(path)

    def takes(self, of: str) -> bool:
        """Whether another machine may have given the answer `of`, in a segment that is not closed yet."""
        asked = asked_at(of.rpartition("-")[2])
        return (asked is not None and -_SKEW < self._now() - asked < PATIENCE
                and not self._home.ledger.url.startswith("sqlite"))

    @property
    def full(self) -> bool:
        """Whether no more can wait."""
        return self._lines >= MOST

    async def add(self, name: str, at: str, of: str, key: str, said: dict[str, Any]) -> None:
        """Let what `key` said of answer `of` wait, to become record `name`. Returns when it is safe on disk.

        Raises Fault if it cannot be written.
        """
        one = {"id": name, "at": at, "of": of, "key": key, "said": said}
        async with self._writing:
            await asyncio.to_thread(self._write, [one])
            self._wait(one)

    async def keep(self) -> None:
        """Look for ever. What ails the ledger or the store may be over at the next look."""
        while True:
            await asyncio.sleep(_LOOK)
            with contextlib.suppress(Exception):
                await self.look()

    async def look(self) -> None:
        """Make records of what was said of answers that can be seen by now; forget what nobody can have been given."""
        if not self._waiting:
            return
        while self._again:
            of = next(iter(self._again))
            answer = await asyncio.to_thread(self._audit.look, of)
            self._again.discard(of)
            if answer is not None:
                await self._settle(answer)
        await asyncio.to_thread(self._follow)
        for _ in range(len(self._closed)):
            name, digest = self._closed.popleft()
            try:
                for answer in await asyncio.to_thread(self._seen, name, digest):
                    await self._settle(answer)
            except Fault:  # the store does not answer: others first
                self._closed.append((name, digest))
        for of in [of for of in self._waiting if self._now() - (asked_at(of.rpartition("-")[2]) or 0.0) > PATIENCE]:
            del self._waiting[of]
        async with self._writing:
            await asyncio.to_thread(self._shorten)

    def close(self) -> None:
        """Leave what waits to the next gateway."""
        if self._file:
            path, stream = self._file
            if not self._waiting:
                path.unlink(missing_ok=True)
            stream.close()

    def _wait(self, one: dict[str, Any]) -> None:
        waiting = self._waiting.setdefault(one["of"], [])
        if all(other["id"] != one["id"] for other in waiting):
            waiting.append(one)
        self._again.add(one["of"])

    async def _settle(self, answer: dict[str, Any]) -> None:
        """The record of an answer is there: what its key said of it counts, and nothing else."""
        waiting = self._waiting.pop(answer["id"], [])
        while waiting:
            one = waiting[0]
            if may(answer, one["key"]):
                try:
                    await self._audit.keep(record(one["id"], one["at"], one["of"], one["said"], answer))
                except Fault:
                    for other in waiting:
                        self._wait(other)
                    raise
            del waiting[0]

    def _follow(self) -> None:
        """Take in which segments of other machines were closed."""
        local = {path.name for path in here(self._home)}
        for entry in self._home.ledger.entries(after=self._entry):
            self._entry = entry.number
            if entry.action == ACTION and entry.subject not in local:
                self._closed.append((entry.subject, str(entry.data["digest"])))

    def _seen(self, name: str, digest: str) -> list[dict[str, Any]]:
        """The records in a segment that are waited for. Raises Fault if it cannot be read."""
        content = self._home.store.get(digest)
        wanted = {found.start() for found in _ID.finditer(content) if found[1].decode() in self._waiting}
        lines = {content[content.rfind(b"\n", 0, at) + 1:content.find(b"\n", at)] for at in wanted}
        return [opened(line, name) for text in lines if (line := sound(text)) is not None]

    def _write(self, ones: list[dict[str, Any]]) -> None:
        try:
            self._file = self._file or self._open()
            append(self._file[1], b"".join(json.dumps(closed(one, FOLDER)).encode() + b"\n" for one in ones))
        except OSError as error:
            raise Fault(f"feedback cannot be kept ({error.strerror}): free room on the gateway's disk.") from error
        self._lines += len(ones)

    def _open(self) -> tuple[Path, FileIO]:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{uuid.uuid4().hex}.jsonl"
        return path, fresh(path)

    def _shorten(self) -> None:
        """Begin a new file when most of this one does not wait any more."""
        left = [one for waiting in list(self._waiting.values()) for one in waiting]
        if self._file and self._lines > 2 * len(left):
            path, stream = self._file
            self._file, self._lines = None, 0
            if left:
                self._write(left)
            path.unlink()
            stream.close()

    def _adopt(self, path: Path) -> None:
        """Take over what a gateway left that is not there any more, but for what has become a record."""
        with path.open("rb") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if not path.exists():  # another gateway that starts now was first
                return
            left = [one for one in _lines(stream.read()) if self._audit.look(one["id"]) is None]
            if left:
                self._write(left)
            for one in left:
                self._wait(one)
            path.unlink()


def _lines(content: bytes) -> Iterator[dict[str, Any]]:
    """What a file holds; the end that a kill left half written was not acknowledged."""
    for line in content.split(b"\n")[:-1]:
        yield opened({**json.loads(line), "previous": "", "line": ""}, FOLDER)
