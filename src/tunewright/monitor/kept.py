"""Whether an answer was kept: its user did not ask the very same again soon after, nor put it right.

Only of answers whose user is known: of others nobody could tell. It is told once the trail is five minutes further than
the answer, by the trail's own clock, so that a trail that is read again tells the same: two in which the question may
come again, and three until another machine's segment is closed and read, in which it may stand. Within a look the order
of records does not matter, since several gateways write.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tunewright.monitor.outcome import Outcome, unit

SOON = 120.0
"""Seconds after an answer in which the same question means that it was not kept."""
LATE = 180.0
"""Seconds by which another machine's record may come later, while a canary is out."""
MOST = 50_000
"""Answers that are waited for at once; beyond that the oldest is dropped without a word."""


@dataclass
class _Waiting:
    release: str
    unit: str
    question: tuple[str, str]  # who asked what
    asked: float  # seconds since 1970
    given: float
    kept: bool | None = True  # None: somebody has told already

    def asks_again(self, other: "_Waiting") -> bool:
        """Whether this one's question came soon after the other's answer."""
        return 0 <= self.asked - other.given <= SOON


@dataclass
class Kept:
    """Answers that may still be asked for again, at most `most` of them."""

    most: int = MOST
    _waiting: OrderedDict[str, _Waiting] = field(default_factory=OrderedDict)
    _same: dict[tuple[str, str], list[_Waiting]] = field(default_factory=dict)
    _now: float = 0.0

    def take(self, record: Mapping[str, Any]) -> None:
        """Note an answer, or that one was put right."""
        if "feedback" in record:
            one = self._waiting.get(record.get("of", ""))
            if one is not None and record["feedback"].get("corrected"):
                one.kept = None  # its outcome is told by what was said
            return
        asked, who = datetime.fromisoformat(record["at"]).timestamp(), unit(record)
        self._now = max(self._now, asked)
        if record["status"] != 200 or not who or record.get("shadow_of"):
            return
        new = _Waiting(record["release"], who, (who, record["prompt_digest"]), asked, asked + record["seconds"])
        same = self._same.setdefault(new.question, [])
        for other in same:
            for later, earlier in ((new, other), (other, new)):
                if later.asks_again(earlier) and earlier.kept:
                    earlier.kept = False
        same.append(new)
        self._waiting[record["id"]] = new

    def over(self) -> Iterator[Outcome]:
        """Those whose five minutes are over; then so many are dropped that no more than `most` are left."""
        while self._waiting:
            oldest = next(iter(self._waiting.values()))
            over = self._now - oldest.given > SOON + LATE
            if not over and len(self._waiting) <= self.most:
                return
            _, one = self._waiting.popitem(last=False)
            self._same[one.question].remove(one)
            if not self._same[one.question]:
                del self._same[one.question]
            if over and one.kept is not None:
                yield Outcome(one.release, "kept", one.unit, float(one.kept))

    def full(self) -> bool:
        """Whether some must leave before the look is over."""
        return len(self._waiting) > self.most
