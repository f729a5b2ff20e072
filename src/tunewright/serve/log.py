"""One JSON line for each request, for whoever collects logs. No prompt, no answer, no key: ids and figures only."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import IO, Any

from tunewright.core.run import Say


class Log:
    """Writes lines to a stream; to none, if there is none. A stream that fails is not written to again."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream

    @property
    def on(self) -> bool:
        """Whether anybody reads it."""
        return self._stream is not None

    def request(self, **fields: Any) -> None:
        """One request that has ended."""
        if self._stream is None:
            return
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **fields}
        try:
            self._stream.write(json.dumps(line) + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # whoever read the log is gone; answers go on
            self._stream = None


def place(error: BaseException) -> str:
    """Where an error arose, and its kind. Its message is left out: it may hold what was asked."""
    frames = extract_tb(error.__traceback__)
    at = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{at}"


@contextmanager
def wordless(say: Say) -> Iterator[None]:
    """Inside this block, what libraries log as a warning or worse is told once for each place, without its words: they
    may hold what was asked. Unless somebody else handles what is logged, Python would print all of it."""
    handler = _Wordless(say)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


class _Wordless(logging.Handler):
    def __init__(self, say: Say) -> None:
        super().__init__(logging.WARNING)
        self._say = say
        self._told: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        at = place(error) if error else f"{record.filename}:{record.lineno}"
        told = f"{record.name} logs {record.levelname.lower()}s ({at}): their words are not told here."
        if told not in self._told:
            self._told.add(told)
            self._say("log", told)
