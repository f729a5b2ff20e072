"""A judge's word on a sample of live answers, for metric `judged`; asked by the monitor, never by the gateway."""

from collections.abc import Iterator, Mapping
from typing import Any

from tunewright.core.digest import digest_bytes
from tunewright.core.home import Home
from tunewright.core.run import Say
from tunewright.monitor.judgements import Judges
from tunewright.monitor.outcome import Outcome, unit
from tunewright.monitor.withheld import Withheld
from tunewright.recipe.monitor import JudgedSpec

_POINTS = 2**32


class Sampled:
    """The answers of the sample since a release or a canary began. A hash of the answer's id draws, so that a trail
    that is read again has the same answers rated, and none is asked about twice. What was withdrawn goes to no judge.
    """

    def __init__(self, home: Home, spec: JudgedSpec, judges: Judges, say: Say) -> None:
        self._most = spec.sample * _POINTS
        self._judgements = judges.of(spec)
        self._withheld = Withheld(home, "the judge", say)
        self._waiting: dict[str, Outcome] = {}

    def take(self, record: Mapping[str, Any]) -> Iterator[Outcome]:
        """What the judge said of this answer. If that is nothing yet, the judge is asked, provided that the answer is
        drawn and its text is there.
        """
        if record["status"] != 200 or record.get("shadow_of") or "answer" not in record or not self._drawn(record):
            return
        outcome = Outcome(record["release"], "judged", unit(record), 0.0)
        if record["id"] in self._judgements.said:
            yield from self._told(record["id"], outcome)
        elif self._withheld.may(record) and self._judgements.want(record):
            self._waiting[record["id"]] = outcome

    def judged(self) -> Iterator[Outcome]:
        """What the judge has said since the last call; it goes on with the others. What is no judgement is left out."""
        if self._withheld.look():
            self._judgements.leave_out(self._withheld.may)
        self._judgements.go_on()
        for name in [name for name in self._waiting if name in self._judgements.said]:
            yield from self._told(name, self._waiting.pop(name))

    def _told(self, name: str, about: Outcome) -> Iterator[Outcome]:
        figure = self._judgements.said[name]
        if figure is not None:
            yield Outcome(about.release, about.metric, about.unit, figure)

    def _drawn(self, record: Mapping[str, Any]) -> bool:
        return int(digest_bytes(record["id"].encode())[:8], 16) < self._most
