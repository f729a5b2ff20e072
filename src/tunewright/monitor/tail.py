"""What the gateways have written since the last look: records of answers, and of what was said of them.

Those of this machine are seen as they are written, those of other machines when their segment is closed.
"""

from collections.abc import Iterator
from typing import Any

from tunewright.core.home import Home
from tunewright.core.run import Say, silent
from tunewright.serve.audit import Trail


class Tail:
    """Follows the audit trail from a time on (ISO 8601, UTC)."""

    def __init__(self, home: Home, since: str, say: Say = silent) -> None:
        self._trail, self._say = Trail(home, since), say
        self._told: list[str] = []

    def new(self) -> Iterator[dict[str, Any]]:
        """Records that came since the last call. What cannot be read is told once, and tried again at the next call.

        Raises Fault if a segment is encrypted and its key is not there.
        """
        for record in self._trail.new():
            if "release" in record:
                yield record
        if self._trail.unread != self._told:
            self._told = self._trail.unread
            for sentence in self._told:
                self._say("monitor", sentence)
