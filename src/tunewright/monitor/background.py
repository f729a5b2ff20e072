"""Asking about live answers in the background, so that no look of the monitor waits for who is asked.

Of what is said only a figure is kept, under the response's id: who is asked may repeat in its own words what people
said, and what is not kept need not be found again when somebody withdraws. So a trail that is read again asks nothing
again.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from tunewright.core.errors import Fault
from tunewright.core.run import Say, write_atomically
from tunewright.monitor.lines import figures, line, lines

MOST = 200
"""Answers that wait at most, unless said; what comes beyond is left to the others of the sample."""
_TOGETHER = 32
Record = Mapping[str, Any]
F = TypeVar("F")


def _nothing() -> None:
    """Nothing is to be given back."""


class Background(Generic[F]):
    """One who is asked: `ask` gives a figure by the id of each record, or raises Fault; `who` is how a person calls it.

    `said` holds by the answer's id what was said of it.
    """

    def __init__(self, path: Path, ask: Callable[[Sequence[Record]], dict[str, F]], who: str, say: Say,
                 most: int = MOST, give_back: Callable[[], None] = _nothing) -> None:
        self._path, self._ask, self._who, self._say, self._give_back = path, ask, who, say, give_back
        self._most = most
        self.said: dict[str, F] = figures(path)
        self._waiting: dict[str, Record] = {}
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._fault = ""
        self._settled = len(self.said)

    def want(self, record: Record) -> bool:
        """Have an answer asked about, from its audit record with text; False if too many wait."""
        if record["id"] in self.said or record["id"] in self._waiting:
            return True
        if len(self._waiting) >= self._most:
            return False
        self._waiting[record["id"]] = record
        return True

    def go_on(self) -> None:
        """Ask about what waits, unless that is being done. Never waits."""
        if self._waiting and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._work, name="tunewright-ask", daemon=True)
            self._thread.start()

    def settle(self) -> bool:
        """Wait until all is said, or nobody can be asked; whether anything was said since the last time."""
        if self._thread:
            self._thread.join()
        before, self._settled = self._settled, len(self.said)
        return self._settled > before

    def leave_out(self, may: Callable[[Record], bool]) -> None:
        """Ask no more about what waits and may not be shown; nothing is kept of what is being said of it."""
        for name, record in list(self._waiting.items()):
            if not may(record):
                self._waiting.pop(name, None)

    def forget(self, gone: Callable[[str], bool]) -> None:
        """Keep no longer what was said of answers of these times, nor what somebody else took out of the file."""
        with self._writing:
            kept = list(lines(self._path))
            left = {name: text for name, at, text in kept if not gone(at)}
            if len(left) < len(kept):
                write_atomically(self._path, "".join(f"{text}\n" for text in left.values()))
            self.said = {name: figure for name, figure in self.said.items() if name in left}
            self._settled = min(self._settled, len(self.said))

    def close(self) -> None:
        """Give back what is held, once all is said."""
        self.settle()
        self._give_back()

    def _work(self) -> None:
        """On a thread of its own: until nothing waits, or nobody can be asked; then the next look tries again."""
        while records := list(self._waiting.values())[:_TOGETHER]:
            try:
                self._keep(self._ask(records))
            except Fault as fault:
                if self._fault != str(fault):
                    self._fault = str(fault)
                    self._say("monitor", f"{self._who} cannot be asked: {fault}")
                return

    def _keep(self, said: dict[str, F]) -> None:
        self._fault = ""
        at = {name: record["at"] for name, record in list(self._waiting.items()) if name in said}
        with self._writing:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a") as stream:
                stream.writelines(line(name, at[name], said[name], self._path) for name in at)
            self.said |= {name: said[name] for name in at}
        for name in at:
            self._waiting.pop(name, None)
