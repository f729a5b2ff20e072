"""A judge's word on a sample of live answers, for metric `judged`; asked by the monitor, never by the gateway."""

from collections.abc import Iterator, Mapping
from typing import Any

from tunewright.core.digest import digest_bytes
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import Say
from tunewright.core.withdrawn import ACTION, Withdrawn, withdrawn
from tunewright.data.provenance import person
from tunewright.data.same import key
from tunewright.monitor.judgements import Judges, first
from tunewright.monitor.outcome import Outcome, unit
from tunewright.recipe.monitor import JudgedSpec

_POINTS = 2**32


class Sampled:
    """The answers of the sample since a release or a canary began. A hash of the answer's id draws, so that a trail
    that is read again has the same answers rated, and none is asked about twice. What was withdrawn goes to no judge.
    """

    def __init__(self, home: Home, spec: JudgedSpec, judges: Judges, say: Say) -> None:
        self._home, self._say = home, say
        self._most = spec.sample * _POINTS
        self._judgements = judges.of(spec)
        self._waiting: dict[str, Outcome] = {}
        self._gone: Withdrawn | None = Withdrawn()
        self._entry = 0
        self._look_up()

    def take(self, record: Mapping[str, Any]) -> Iterator[Outcome]:
        """What the judge said of this answer. If that is nothing yet, the judge is asked, provided that the answer is
        drawn and its text is there.
        """
        if record["status"] != 200 or record.get("shadow_of") or "answer" not in record or not self._drawn(record):
            return
        outcome = Outcome(record["release"], "judged", unit(record), 0.0)
        if record["id"] in self._judgements.said:
            yield from self._told(record["id"], outcome)
        elif self._may(record) and self._judgements.want(record):
            self._waiting[record["id"]] = outcome

    def judged(self) -> Iterator[Outcome]:
        """What the judge has said since the last call; it goes on with the others. What is no judgement is left out."""
        self._look_up()
        self._judgements.go_on()
        for name in [name for name in self._waiting if name in self._judgements.said]:
            yield from self._told(name, self._waiting.pop(name))

    def _told(self, name: str, about: Outcome) -> Iterator[Outcome]:
        figure = self._judgements.said[name]
        if figure is not None:
            yield Outcome(about.release, about.metric, about.unit, figure)

    def _drawn(self, record: Mapping[str, Any]) -> bool:
        return int(digest_bytes(record["id"].encode())[:8], 16) < self._most

    def _look_up(self) -> None:
        """Who has withdrawn. If nobody can tell, that is said, and the judge is shown nothing until somebody can."""
        new = list(self._home.ledger.entries(after=self._entry, action=ACTION))
        if new:
            try:
                self._gone, self._entry = withdrawn(self._home), new[-1].number
            except Fault as fault:
                if self._gone is not None:
                    self._say("monitor", f"the judge is not asked: {fault}")
                self._gone = None

    def _may(self, record: Mapping[str, Any]) -> bool:
        """Whether nobody took back what this says."""
        if self._gone is None:
            return False
        prompt = record.get("prompt")
        turns = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
        said = key({"messages": [*turns, {"role": "assistant", "content": first(record)}]})
        return self._gone.entry(person(record.get("user") or ""), said) is None
