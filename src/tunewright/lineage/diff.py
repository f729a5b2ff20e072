"""What changed between two records: only that, with the deltas of figures; as text, Markdown or JSON."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Record, Release, Report, Verdict
from tunewright.lineage import told
from tunewright.lineage.records import Records
from tunewright.lineage.walk import kind, load

_GONE = "—"
_HIDDEN = ("record", "name", "spec")
_PARTS = ("recipe", "dataset", "model", "report", "verdict")


@dataclass(frozen=True)
class Shift:
    """One thing that changed, e.g. `recipe.train.0.rank`. `delta` is after − before where both are figures."""

    what: str
    before: Any
    after: Any
    delta: float | None = None


@dataclass(frozen=True)
class Diff:
    """Two records of one kind and what changed from `a` to `b`. Nothing in `shifts` means nothing changed.

    `records` is what changed between their datasets' records, where they have datasets and these differ.
    """

    kind: str
    a: str
    b: str
    shifts: tuple[Shift, ...]
    records: Records | None = None

    def text(self) -> str:
        """Aligned lines."""
        if not self.shifts:
            return f"{self.a} → {self.b}: nothing changed"
        width = max(len(shift.what) for shift in self.shifts)
        lines = [f"{shift.what:<{width}}  {_show(shift.before)} → {_show(shift.after)}{_delta(shift)}"
                 for shift in self.shifts]
        return "\n".join([f"{self.a} → {self.b}", *lines, *(told.lines(self.records) if self.records else ())])

    def markdown(self) -> str:
        """A Markdown table, for a pull request."""
        rows = [f"| {told.cell(shift.what)} | {told.cell(_show(shift.before))} | {told.cell(_show(shift.after))} "
                f"| {_delta(shift).strip()} |" for shift in self.shifts]
        table = ["| what | before | after | delta |", "| --- | --- | --- | --- |", *rows]
        return "\n".join([f"**{self.a} → {self.b}**", "", *(table if rows else ["Nothing changed."]),
                          *(told.markdown(self.records) if self.records else ())])

    def json(self) -> dict[str, Any]:
        """The fields kind, a, b, shifts (what, before, after, delta) and records (null where they are the same)."""
        return asdict(self)


def diff(home: Home, a: Record, b: Record) -> Diff:
    """What changed from `a` to `b`. Raises Fault if they are records of different kinds."""
    if kind(a) != kind(b):
        raise Fault(f"a {kind(a)} and a {kind(b)} cannot be compared: name two records of one kind.")
    before, after = dict(_flat(home, a)), dict(_flat(home, b))
    names = [*before, *(name for name in after if name not in before)]
    shifts = tuple(Shift(name, before.get(name), after.get(name), _gap(before.get(name), after.get(name)))
                   for name in names if before.get(name) != after.get(name))
    return Diff(kind(a), _label(a), _label(b), shifts, _records(home, a, b))


def _records(home: Home, a: Record, b: Record) -> Records | None:
    """What changed between the records of the datasets that `a` and `b` are or hold; None if these are equal."""
    one, other = (load(home, record.dataset) if isinstance(record, Release) else record for record in (a, b))
    if not isinstance(one, Dataset) or not isinstance(other, Dataset) or one.files == other.files:
        return None
    from tunewright.lineage.compare import compare  # numpy and pyarrow, which most commands need not wait for

    return compare(home.store, one, other)


def _label(record: Record) -> str:
    return record.reference if isinstance(record, Release) else f"{kind(record)} {short(record.digest)}"


def _gap(before: Any, after: Any) -> float | None:
    figures = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (before, after))
    return round(after - before, 9) if figures else None


def _flat(home: Home, record: Record) -> Iterator[tuple[str, Any]]:
    """The record's leaves as dotted names, in the order a person reads them."""
    if isinstance(record, Release):
        for part in _PARTS:
            inner = load(home, getattr(record, part))
            yield from ((f"{part}.{name}", value) for name, value in _flat(home, inner) if name not in _PARTS)
        return
    match record:
        case Report():
            yield from _report(record)
        case Verdict():
            yield from _verdict(record)
        case Dataset():
            yield from _dataset(record)
        case _:
            yield from _plain(record)


def _plain(record: Record) -> Iterator[tuple[str, Any]]:
    content = record.model_dump(mode="json")
    yield from _leaves("", {name: value for name, value in content.items() if name not in _HIDDEN})


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield prefix, value
        return
    for name, item in inner:
        yield from _leaves(f"{prefix}.{name}" if prefix else str(name), item)


def _report(report: Report) -> Iterator[tuple[str, Any]]:
    for metric in report.metrics:
        yield f"{metric.name}.{metric.arm}", metric.value
        yield f"{metric.name}.{metric.arm}.items", metric.n


def _verdict(verdict: Verdict) -> Iterator[tuple[str, Any]]:
    yield "outcome", verdict.told
    for rule in verdict.rules:
        yield f"{rule.metric} {rule.rule}", rule.outcome


def _dataset(dataset: Dataset) -> Iterator[tuple[str, Any]]:
    yield "files", short(dataset.files)
    for part, count in dataset.counts.items():
        yield f"counts.{part}", count
    for origin in dataset.origins:
        for field in ("digest", "license", "basis", "retention", "rows"):
            value = getattr(origin, field)
            yield f"{origin.path}.{field}", short(value) if field == "digest" else value


def _show(value: Any) -> str:
    if value is None:
        return _GONE
    if isinstance(value, float):
        return f"{value:.4g}"
    return short(value) if isinstance(value, str) and len(value) == 64 else str(value)


def _delta(shift: Shift) -> str:
    return "" if shift.delta is None else f"   {shift.delta:+.4g}".replace("-", "−")

