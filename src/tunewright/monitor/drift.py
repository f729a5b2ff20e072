"""Whether what is asked and answered is still what it was when the release became live.

The first sampled answers of a release are its reference; each later window of as many is held against them. What is
compared: lengths of questions and answers, languages, sketches of the words of both and the groups that they fall into,
which short answers come how often, and, where they are known, refusals, schema, feedback and what a judge says. What is
rare is gathered until there is enough of it to be compared. Holm's correction covers all that is compared in a window,
and every window has its share of 5 % (`stats/shift.py::spent`), so that a release whose traffic never changes raises
any alarm in at most one of twenty lives. An alarm must also be large: with enough data every difference is sure.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tunewright.monitor.outcome import Outcome, of_record
from tunewright.stats.clusters import mix
from tunewright.stats.holm import holm
from tunewright.stats.shift import Shift, categories, levels, numbers, shares, spent, vectors

ALPHA = 0.05
_SHORT = 16  # tokens of an answer that may be a label
_LEAST = 50  # of a kind in both samples, before it is compared
_ENOUGH = 300  # of a kind in the reference, and in what is held against it, unless the recipe's windows are smaller
Values = dict[str, list[Any]]

COMPARED: dict[str, tuple[str, Callable[[Any, Any], Shift], float]] = {
    "question length": ("question length", numbers, 0.15), "answer length": ("answer length", numbers, 0.15),
    "language": ("language", categories, 0.1), "words": ("words", vectors, 0.2), "intents": ("words", mix, 0.1),
    "answer words": ("answer words", vectors, 0.2), "topics": ("answer words", mix, 0.1),
    "answers": ("answers", categories, 0.2), "refused": ("refused", shares, 0.05), "valid": ("valid", shares, 0.05),
    "feedback": ("feedback", shares, 0.05), "judged": ("judged", levels, 0.05)}
"""By what is told: which values are compared, how, and the size from which a difference is an alarm."""


@dataclass(frozen=True)
class Alarm:
    """What moved. `size` and `p` as the comparison gives them; `most` is the size that is borne."""

    kind: str
    size: float
    p: float
    most: float


@dataclass
class Sample:
    """Figures of a stretch of traffic."""

    values: Values = field(default_factory=dict)
    count: int = 0

    def take(self, record: Mapping[str, Any]) -> None:
        """Add a record of the audit trail: a sampled answer, or feedback."""
        if "feedback" in record:
            for one in of_record(record, 1.0):
                if one.metric == "feedback":
                    self.add("feedback", float(one.value >= 0.5))
            return
        figures = record.get("figures")
        if figures is None:
            return
        self.count += 1
        self.add("question length", record["tokens_in"])
        self.add("answer length", record["tokens_out"])
        self.add("language", figures["language"])
        self.add("words", figures["sketch"])
        self.add("answer words", figures["answer_sketch"])
        if record["tokens_out"] <= _SHORT:
            self.add("answers", record["answer_digest"])
        for kind in ("refused", "valid"):
            if record.get(kind) is not None:
                self.add(kind, float(record[kind]))

    def add(self, kind: str, value: Any) -> None:
        """Add one value of those that `COMPARED` names."""
        self.values.setdefault(kind, []).append(value)


@dataclass
class Drift:
    """One release's reference, and the window that is being filled."""

    window: int
    reference: Sample = field(default_factory=Sample)
    current: Sample = field(default_factory=Sample)
    looks: int = 0

    def take(self, records: Iterable[Mapping[str, Any]]) -> list[Alarm]:
        """Add records as they come; alarms of the windows that they fill."""
        found: list[Alarm] = []
        for record in records:
            self._filling.take(record)
            if self.current.count >= self.window:
                found += self._compared()
        return found

    def judged(self, outcomes: Iterable[Outcome]) -> None:
        """Add what a judge said: it counts in the window that is being filled, since a judge takes time."""
        for one in outcomes:
            self._filling.add(one.metric, one.value)

    @property
    def _filling(self) -> Sample:
        return self.current if self.reference.count >= self.window else self.reference

    def _compared(self) -> list[Alarm]:
        """Alarms of the window that is full. Then what the reference has too little of goes to the reference, and what
        the window has too little of is part of the next one: each look has its own share of the level, so that values
        may be looked at twice.
        """
        self.looks += 1
        full, self.current = self.current, Sample()
        found = compare(self.reference, full, self.looks)
        enough = min(_ENOUGH, self.window)
        for kind, values in full.values.items():
            if len(self.reference.values.get(kind, ())) < enough:
                self.reference.values.setdefault(kind, []).extend(values)
            elif len(values) < enough:
                self.current.values[kind] = values
        return found


def compare(reference: Sample, current: Sample, look: int) -> list[Alarm]:
    """What has moved, in window number `look` (from 1)."""
    found = {kind: how(reference.values[of], current.values[of]) for kind, (of, how, _) in COMPARED.items()
             if min(len(reference.values.get(of, ())), len(current.values.get(of, ()))) >= _LEAST}
    sure = holm([one.p for one in found.values()], spent(ALPHA, look))
    return [Alarm(kind, one.size, one.p, most) for (kind, one), stands in zip(found.items(), sure, strict=True)
            if stands and one.size >= (most := COMPARED[kind][2])]
