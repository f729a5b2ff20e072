"""The dataset's drawings: how its records are divided, what became of those that were read, licences and labels."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, part_files, read_table
from tunewright.core.records import Dataset
from tunewright.core.store import Store
from tunewright.page.charts import share, stack

LEFT_OUT = {
    "refused": "could not be used", "withdrawn": "a person withdrew them", "expired": "kept for as long as allowed",
    "pii": "hold personal data", "quality": "outside the bounds of quality", "duplicates": "say the same as another",
    "near": "nearly the same as another", "leaks": "held out for examination too",
    "balance": "more of their kind than wanted", "share": "more drafts than allowed"}
"""What each reason means for which a record is not in the dataset, as the counts of a dataset name it."""

_COUNTED = {"rows": "rows read", "repeated": "copies added for balance", "masked": "PII spans masked",
            "pseudonymised": "PII spans pseudonymised"}
_ALWAYS = ("refused", "duplicates", "leaks")  # that there were none is worth telling
_LABELS = 12  # labels that are shown unasked
_MOST = 200  # labels that are shown at all


@dataclass(frozen=True)
class Bar:
    """One row of a chart: its words, what they mean, a drawing, and the figure as text."""

    label: str
    note: str
    chart: Markup
    value: str


@dataclass(frozen=True)
class Labels:
    """The labels, most frequent first: those shown at once, those folded away, and how many are left out."""

    front: tuple[Bar, ...]
    back: tuple[Bar, ...]
    rest: int


def divided(dataset: Dataset) -> Markup | None:
    """The parts as one bar; None where nothing was counted."""
    sizes = [(part, dataset.counts.get(part, 0)) for part in PARTS]
    whole = sum(size for _, size in sizes)
    if not whole:
        return None
    return stack([(part, size / whole) for part, size in sizes],
                 "Records by part: " + ", ".join(f"{size:,} {part}" for part, size in sizes))


def became(counts: Mapping[str, int]) -> list[Bar]:
    """What became of the records that were read: how many are kept, and how many were left out for each reason."""
    rows = counts.get("rows", 0)
    told = [("kept", "what the dataset holds", counts.get("records", 0))]
    told += [(name, note, counts.get(name, 0)) for name, note in LEFT_OUT.items()
             if counts.get(name) or (name in _ALWAYS and name in counts)]
    return [_bar(name, note, count, rows) for name, note, count in told] if rows else []


def other_counts(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Every count that neither a part nor a reason tells."""
    told = {*PARTS, *LEFT_OUT, "records"}
    order = [*_COUNTED, *sorted(set(counts) - told - set(_COUNTED))]
    return [(_COUNTED.get(name, name.replace("_", " ")), counts[name]) for name in order if name in counts]


def licences(dataset: Dataset) -> list[Bar]:
    """Rows read by licence, most first; none where all have the same."""
    rows: Counter[str] = Counter()
    for origin in dataset.origins:
        rows[origin.license] += origin.rows
    if len(rows) < 2:
        return []
    return [_bar(name, "", count, rows.total()) for name, count in rows.most_common()]


def labels(store: Store, dataset: Dataset) -> Labels | None:
    """How many records have each label, by part. Read from the dataset's files; None where records have no labels."""
    counted: dict[str, Counter[str]] = {part: Counter(_labels(store, dataset, part)) for part in PARTS}
    whole: Counter[str] = sum(counted.values(), Counter())
    if not whole:
        return None
    most = max(whole.values())
    bars = [Bar(label, "", stack([(part, counted[part][label] / most) for part in PARTS],
                                 f"{label}: " + ", ".join(f"{counted[part][label]:,} {part}" for part in PARTS)),
                f"{count:,}")
            for label, count in sorted(whole.most_common(_MOST), key=lambda pair: (-pair[1], pair[0]))]
    return Labels(tuple(bars[:_LABELS]), tuple(bars[_LABELS:]), len(whole) - len(bars))


def _labels(store: Store, dataset: Dataset, part: Any) -> Iterable[str]:
    try:
        files = part_files(store, dataset, part)
    except Fault:  # a dataset without this part
        return
    for digest in files:
        yield from (label for label in read_table(store.get(digest), ["label"]).column("label").to_pylist() if label)


def _bar(label: str, note: str, count: int, whole: int) -> Bar:
    part = count / whole if whole else 0.0
    return Bar(label, note, share(part, f"{label}: {count:,} of {whole:,}"), f"{count:,}")
