"""Whether what is asked and answered is still what it was when the release became live.

The first sampled answers of a release are its reference; each later window of as many is held against them. What is
compared: lengths of questions and answers, languages, sketches of the words of both and the groups that they fall into,
which short answers come how often, and, where they are known, refusals, schema, feedback, what a judge says and where
an encoder puts questions. What is rare is gathered until there is enough of it to be compared. Holm's correction covers
all that is compared in a window, and every window has its share of 5 % (`stats/shift.py::spent`), so that a release
whose traffic never changes raises any alarm in at most one of twenty lives. An alarm must also be large: with enough
data every difference is sure.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tunewright.monitor.outcome import Outcome, of_record
from tunewright.stats.clusters import mix
from tunewright.stats.holm import holm
from tunewright.stats.shift import Shift, categories, levels, numbers, shares, spent, vectors

ALPHA = 0.05
_SHORT = 16  # tokens of an answer that may be a label
_LEAST = 50  # of a kind in both samples, before it is compared
_ENOUGH = 300  # of a kind in the reference, and in what is held against it, unless the recipe's windows are smaller
Values = dict[str, list[Any]]


class Compared(NamedTuple):
    """What moves by this name: which values are compared, how, and the size from which a difference is an alarm."""

    kind: str
    of: str
    how: Callable[[Any, Any], Shift]
    most: float


COMPARED = (
    Compared("question length", "question length", numbers, 0.15),
    Compared("answer length", "answer length", numbers, 0.15), Compared("language", "language", categories, 0.1),
    Compared("words", "words", vectors, 0.2), Compared("embedding", "embedding", vectors, 0.2),
    Compared("intents", "embedding", mix, 0.1), Compared("intents", "words", mix, 0.1),
    Compared("answer words", "answer words", vectors, 0.2), Compared("topics", "answer words", mix, 0.1),
    Compared("answers", "answers", categories, 0.2), Compared("refused", "refused", shares, 0.05),
    Compared("valid", "valid", shares, 0.05), Compared("feedback", "feedback", shares, 0.05),
    Compared("judged", "judged", levels, 0.05))
"""Of a kind that stands twice, the first is compared that has enough values."""


@dataclass(frozen=True)
class Alarm:
    """What moved. `size` and `p` are the comparison's; `most` is the size that is borne."""

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
        if record["tokens_out"] <= _SHORT:
            self.add("answers", record["answer_digest"])
        else:  # labels would take all groups of topics
            self.add("answer words", figures["answer_sketch"])
        for kind in ("refused", "valid"):
            if record.get(kind) is not None:
                self.add(kind, float(record[kind]))

    def add(self, kind: str, value: Any) -> None:
        """Add one of the values that `COMPARED` names."""
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

    def embedded(self, found: Iterable[tuple[list[int], bool]]) -> None:
        """Add where an encoder puts questions, and whether they were asked `early`: such are of the reference, however
        late the encoder answers.
        """
        for cells, early in found:
            (self.reference if early else self._filling).add("embedding", cells)

    @property
    def early(self) -> bool:
        """Whether the reference is still being filled."""
        return self._filling is self.reference

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
    found: dict[str, tuple[Compared, Shift]] = {}
    for one in COMPARED:
        before, now = reference.values.get(one.of, ()), current.values.get(one.of, ())
        if one.kind not in found and min(len(before), len(now)) >= _LEAST:
            found[one.kind] = one, one.how(before, now)
    sure = holm([shift.p for _, shift in found.values()], spent(ALPHA, look))
    return [Alarm(one.kind, shift.size, shift.p, one.most) for (one, shift), stands in zip(
        found.values(), sure, strict=True) if stands and shift.size >= one.most]
