"""What the gateways of a home have written since the last look: records of answers, and of what was said of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunewright.serve.audit.cipher import opened


class Tail:
    """Follows every segment of an audit trail from a time on (ISO 8601, UTC). A half-written line waits for its end."""

    def __init__(self, folder: Path, since: str) -> None:
        self._folder = folder
        self._since = since
        self._read: dict[Path, int] = {}

    def new(self) -> Iterator[dict[str, Any]]:
        """Records that came since the last call; lines that are none are left out, since `verify` tells of them."""
        for path in sorted(self._folder.glob("*.jsonl")):
            start = self._read.get(path, 0)
            if path.stat().st_size <= start:
                continue
            with path.open("rb") as stream:
                stream.seek(start)
                for line in stream:
                    if not line.endswith(b"\n"):
                        break
                    start += len(line)
                    record = _parsed(line, path.name)
                    if record is not None and record.get("at", "") >= self._since:
                        yield record
            self._read[path] = start


def _parsed(line: bytes, segment: str) -> dict[str, Any] | None:
    """The record of a line. Raises Fault if it is encrypted and its key is not there."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if isinstance(record, dict) and "sealed" in record:
        record = opened(record, segment)
    return record if isinstance(record, dict) and "release" in record else None
