"""Asking about live answers in the background, so that no look of the monitor waits for who is asked.

Of what is said only a figure is kept, under the response's id: who is asked may repeat in its own words what people
said, and what is not kept need not be found again when somebody withdraws. So a trail that is read again asks nothing
again.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from tunewright.core.errors import Fault
from tunewright.core.run import Say, write_atomically

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
        self.said: dict[str, F] = _read(path)
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

    def forget(self, gone: Callable[[F], bool]) -> None:
        """Keep these figures no longer, nor any that somebody else took out of the file."""
        with self._writing:
            left = {name: figure for name, figure in _read(self._path).items() if not gone(figure)}
            if len(left) < len(self.said):
                write_atomically(self._path, "".join(_line(*one) for one in left.items()))
                self.said, self._settled = left, min(self._settled, len(left))

    def close(self) -> None:
        """Give back what is held, once all is said."""
        self.settle()
        self._give_back()

    def _work(self) -> None:
        """On a thread of its own: until nothing waits, or nobody can be asked; then the next look tries again."""
        while records := list(self._waiting.values())[:_TOGETHER]:
            try:
                said = self._ask(records)
            except Fault as fault:
                if self._fault != str(fault):
                    self._fault = str(fault)
                    self._say("monitor", f"{self._who} cannot be asked: {fault}")
                return
            self._keep(said)

    def _keep(self, said: dict[str, F]) -> None:
        self._fault = ""
        figures = {name: figure for name, figure in said.items() if name in self._waiting}
        with self._writing:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a") as stream:
                stream.writelines(_line(*one) for one in figures.items())
            self.said |= figures
        for name in figures:
            self._waiting.pop(name, None)


def _line(name: str, figure: Any) -> str:
    return json.dumps([name, figure]) + "\n"


def _read(path: Path) -> dict[str, Any]:
    """The figures that are kept; a line that a kill left half written is none."""
    found: dict[str, Any] = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            name, figure = json.loads(line)
        except ValueError:
            continue
        found[name] = figure
    return found
