"""One JSON line for each request, for whoever collects logs. No prompt, no answer, no key: ids and figures only."""

import json
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import IO, Any


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
