"""Writing the trail: whoever waits for a record goes on when it is safe on disk.

Records that come while others are being made safe wait for the next turn, and all of them are made safe at once
(group commit). All that touches a segment happens on one thread; anchoring, which may wait for the ledger's database,
on another. A segment belongs to one gateway, which holds a lock on it; one that a killed gateway left behind is
anchored by the next to start.
"""

import asyncio
import contextlib
import errno
import fcntl
import itertools
import os
import threading
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.ledger import GENESIS
from tunewright.serve.audit.cipher import closed, keys
from tunewright.serve.audit.expire import expire
from tunewright.serve.audit.segment import ACTION, anchors, folder, here, sealed
from tunewright.serve.audit.trail import look

SEGMENT_LINES = 10_000
SEGMENT_SECONDS = 3600
"""A segment is closed when it holds so many lines, or is so old: then other machines can read it."""
CANARY_SECONDS = 60
"""The same while a canary or a shadow is out and a monitor on another machine may have to judge it."""
_RETRY = 2.0  # seconds until a segment that the ledger did not take is tried again
_GATHER = 0.0005  # seconds that a turn waits for more, if the last one held more than one; PostgreSQL: commit_delay
_LOOK = 60.0  # seconds between two looks at whether a segment's time is over
Segment = tuple[Path, FileIO]


class _Turn:
    """Records that are made safe together."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.done: Future[Fault | None] = Future()
        self.waiting: list[asyncio.Future[None]] = []
        self.loop: asyncio.AbstractEventLoop | None = None

    def end(self, fault: Fault | None) -> None:
        """Tell whoever waits."""
        self.done.set_result(fault)
        if self.loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop ended, and with it whoever waited
                self.loop.call_soon_threadsafe(self._tell, fault)

    def _tell(self, fault: Fault | None) -> None:
        for one in self.waiting:
            if one.done():
                continue
            if fault:
                one.set_exception(fault)
            else:
                one.set_result(None)


class Audit:
    """Writes segments. `note` and `write` may be called from any thread, `keep` from one event loop. `oldest` is the
    age in seconds at which a segment is closed; it may be changed at any time. `retention` (`6m`) is how long segments
    are kept; without it, for good."""

    def __init__(self, home: Home, by: str, lines: int = SEGMENT_LINES, seconds: float = SEGMENT_SECONDS,
                 retention: str | None = None) -> None:
        self._home, self._by, self._retention = home, by, retention
        self._most, self.oldest = lines, seconds
        self._segment: Segment | None = None
        self._previous, self._lines, self._opened = GENESIS, 0, 0.0
        self._lock = threading.Lock()
        self._turn: _Turn | None = None
        self._together = False
        self._writer = ThreadPoolExecutor(1, "tunewright-audit")
        self._anchors = ThreadPoolExecutor(1, "tunewright-anchor")
        self._stopping = threading.Event()
        keys()
        try:
            folder(home).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(home, error) from error
        known = anchors(home)
        for path in here(home):
            if path.name not in known:
                _adopt(home, path, by)

    def keep(self, record: dict[str, Any]) -> asyncio.Future[None]:
        """Add a record. To be awaited: it is done when the record is safe on disk, and raises Fault if it cannot be
        written, as an answer that leaves no record must not be given.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Future[None] = loop.create_future()
        with self._lock:
            turn = self._add(record)
            turn.waiting.append(told)
            turn.loop = loop
        return told

    def write(self, record: dict[str, Any]) -> None:
        """The same for whoever may wait."""
        fault = self.note(record).done.result()
        if fault:
            raise fault

    def note(self, record: dict[str, Any]) -> _Turn:
        """Add a record that nobody waits for."""
        with self._lock:
            return self._add(record)

    def _add(self, record: dict[str, Any]) -> _Turn:
        if self._turn is None:
            self._turn = _Turn()
            self._writer.submit(self._take_turn)
        self._turn.records.append(record)
        return self._turn

    def look(self, response_id: str) -> dict[str, Any] | None:
        """The record about a response, None if there is none. Raises Fault if it cannot be read."""
        return look(self._home, response_id)

    async def tend(self) -> None:
        """For ever: close a segment whose time is over, and drop those that need not be kept any more."""
        looks = max(1, round(SEGMENT_SECONDS / _LOOK))
        for number in itertools.count():
            self._writer.submit(self._end_old)
            if number % looks == 0:
                await asyncio.to_thread(self._expire)
            await asyncio.sleep(_LOOK)

    def _expire(self) -> None:
        with contextlib.suppress(Fault):  # the ledger or the store does not answer: the next time it may
            expire(self._home, self._by)

    def close(self) -> None:
        """Anchor what was written. Returns when the ledger holds it, or has failed to take it once more."""
        self._writer.submit(self._end, "the gateway stopped")
        self._writer.shutdown(wait=True)
        self._stopping.set()
        self._anchors.shutdown(wait=True)

    def _take_turn(self) -> None:
        """On the writer's thread: all that has come, in one write and one sync."""
        if self._together:
            time.sleep(_GATHER)
        with self._lock:
            turn, self._turn = self._turn, None
        assert turn is not None
        self._together = len(turn.records) > 1
        try:
            self._end_old()
            self._put(turn.records)
        except Fault as fault:
            turn.end(fault)
        except OSError as error:
            turn.end(_unwritable(self._home, error))
        except Exception as error:  # noqa: BLE001 - whoever waits must be told, whatever it is
            turn.end(Fault(f"the audit trail cannot be written ({type(error).__name__}): no answer is "
                                       "given without its record."))
        else:
            turn.end(None)
        if self._lines >= self._most:
            self._end("the segment is full")

    def _put(self, records: list[dict[str, Any]]) -> None:
        if self._segment is None:
            self._segment, self._opened = _open(self._home, self._retention), time.monotonic()
        path, stream = self._segment
        previous, lines = self._previous, []
        for record in records:
            previous, line = sealed({**closed(record, path.name), "previous": previous})
            lines.append(line)
        append(stream, b"".join(lines))
        self._previous = previous
        self._lines += len(lines)

    def _end_old(self) -> None:
        if self._segment is not None and time.monotonic() - self._opened >= self.oldest:
            self._end("its time was over")

    def _end(self, why: str) -> None:
        if self._segment is None:
            return
        segment, self._segment = self._segment, None
        self._previous, self._lines = GENESIS, 0
        self._anchors.submit(self._anchor, segment, why)

    def _anchor(self, segment: Segment, why: str) -> None:
        """Until the ledger takes it; a gateway that stops leaves it to the next, which finds it unlocked."""
        while True:
            try:
                _anchor(self._home, segment, self._by, why)
                return
            except Fault:
                if self._stopping.wait(_RETRY):
                    segment[1].close()
                    return


def _open(home: Home, retention: str | None) -> Segment:
    """A new segment."""
    began = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")  # to the microsecond: segments are read in their names' order
    words = [began, uuid.uuid4().hex[:8], *([retention] if retention else [])]
    path = folder(home) / f"{'-'.join(words)}.jsonl"
    return path, fresh(path)


def fresh(path: Path) -> FileIO:
    """A new file, each write to which returns when it is on disk: one call of the system where a sync of its own would
    make two. It gets its name only once it is locked, so that nobody takes it for an abandoned one."""
    opening = path.with_suffix(".opening")
    stream = FileIO(opening, "x", opener=lambda name, flags: os.open(name, flags | os.O_DSYNC, 0o666))
    fcntl.flock(stream, fcntl.LOCK_EX)
    opening.rename(path)
    _sync_folder(path.parent)
    return stream


def _sync_folder(path: Path) -> None:
    """A file is safe only once its name is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append(stream: FileIO, lines: bytes) -> None:
    """Write all of it to a `fresh` file, safe on disk, or nothing: a full disk must not leave half a line."""
    written = 0
    try:
        written = stream.write(lines)
        if written != len(lines):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        before = stream.tell() - written
        stream.truncate(before)
        stream.seek(before)
        raise


def _anchor(home: Home, segment: Segment, by: str, why: str, torn: int = 0) -> None:
    """Have the segment in the store, then its digest known to the ledger, then let go of its lock."""
    path, stream = segment
    os.fsync(stream.fileno())
    data = {"digest": home.store.put_file(path), "lines": path.read_bytes().count(b"\n"),
            **({"torn_bytes": torn} if torn else {})}
    home.ledger.append(ACTION, path.name, by=by, why=why, data=data)
    stream.close()


def _adopt(home: Home, path: Path, by: str) -> None:
    """Anchor a segment that nobody writes and nobody anchored; half a last line is cut off and told."""
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
