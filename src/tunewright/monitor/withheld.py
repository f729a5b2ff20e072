"""What is shown to nobody whom the monitor asks: what a person took back."""

from collections.abc import Mapping
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import Say
from tunewright.core.withdrawn import ACTION, Withdrawn, withdrawn
from tunewright.data.provenance import person
from tunewright.data.same import key


class Withheld:
    """Who has withdrawn, as the ledger tells. `who` is asked: `the judge`."""

    def __init__(self, home: Home, who: str, say: Say) -> None:
        self._home, self._who, self._say = home, who, say
        self._gone: Withdrawn | None = Withdrawn()
        self._entry = 0
        self.look()

    def look(self) -> bool:
        """Whether anybody has withdrawn since the last look. If nobody can tell who, that is said, and nothing may be
        shown until somebody can.
        """
        new = list(self._home.ledger.entries(after=self._entry, action=ACTION))
        if new:
            try:
                self._gone, self._entry = withdrawn(self._home), new[-1].number
            except Fault as fault:
                if self._gone is not None:
                    self._say("monitor", f"{self._who} is not asked: {fault}")
                self._gone = None
        return bool(new)

    def may(self, record: Mapping[str, Any]) -> bool:
        """Whether nobody took back what the audit record of an answer says."""
        if self._gone is None:
            return False
        prompt = record.get("prompt")
        turns = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
        said = key({"messages": [*turns, {"role": "assistant", "content": first(record)}]})
        return self._gone.entry(person(record.get("user") or ""), said) is None


def first(record: Mapping[str, Any]) -> str:
    """The text of the first answer."""
    given = record["answer"][0] if record["answer"] else ""
    return given if isinstance(given, str) else str(given.get("text", ""))
