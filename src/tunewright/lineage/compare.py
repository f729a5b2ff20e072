"""Find what changed between the records of two datasets, and how their distributions moved.

Records are the same if their ids are (the digest of what they say). Of the others, two that ask the same, or stand in
the same row of the same source, are one record that changed. A file that both datasets hold is read once, and of a
record that both hold only its id is kept. Nothing of what records say is told: their places tell where to look.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, isfinite, log2
from typing import Any

import numpy as np

from tunewright.core.examples import COLUMNS, PARTS, Example, content, from_table, part_files, read_table
from tunewright.core.records import Dataset
from tunewright.core.store import Store
from tunewright.data.same import key
from tunewright.lineage.distribution import QUALITY, Tally, distribution
from tunewright.lineage.records import Change, Place, Records

SHOWN = 10
"""Most records of a kind that are named; the counts hold all."""

Numbers = Any
"""A numpy array."""

_ID = 32  # hexadecimal digits of an id that are compared: 128 bits
_SAID = ("messages", "prompt", "chosen", "rejected", "text")


def compare(store: Store, a: Dataset, b: Dataset) -> Records:
    """What changed from the records of `a` to those of `b`. Raises Fault if a part is not in the store."""
    held: dict[tuple[str, tuple[str, ...]], _File] = {}
    before, after = _Side(store, a, held), _Side(store, b, held)
    same, at, to = np.intersect1d(before.ids, after.ids, assume_unique=True, return_indices=True)
    gone, new = _Loose(store, before, after.ids), _Loose(store, after, before.ids)
    pairs = gone.pairs(new)
    left, right = (sorted(set(range(len(side.rows))) - {pair[at] for pair in pairs})
                   for at, side in enumerate((gone, new)))
    return Records(
        same=len(same), moved=int((before.parts[at] != after.parts[to]).sum()),
        added=len(right), removed=len(left), changed=len(pairs),
        first_added=tuple(map(new.place, right[:SHOWN])), first_removed=tuple(map(gone.place, left[:SHOWN])),
        first_changed=tuple(Change(gone.what(one, new, other), gone.place(one), new.place(other))
                            for one, other in pairs[:SHOWN]),
        distributions=tuple(distribution(name, before.tallies.get(name, Counter()), after.tallies.get(name, Counter()))
                            for name in dict.fromkeys([*before.tallies, *after.tallies])))


@dataclass(frozen=True)
class _File:
    """What is held of one file of a part: the ids of its records, and how often each value occurs."""

    ids: Numbers
    tallies: dict[str, Tally]


class _Side:
    """One dataset: its different ids, sorted, with the part of each; where its records lie; how they are spread."""

    def __init__(self, store: Store, dataset: Dataset, held: dict[tuple[str, tuple[str, ...]], _File]) -> None:
        self.paths = tuple(origin.path for origin in dataset.origins)
        self.files = [(part, digest) for part in PARTS for digest in part_files(store, dataset, part)]
        self.tallies: dict[str, Tally] = {"part": Counter()}
        ids: list[Numbers] = []
        parts: list[Numbers] = []
        for part, digest in self.files:
            if (digest, self.paths) not in held:
                held[digest, self.paths] = _read(store, digest, self.paths)
            file = held[digest, self.paths]
            ids.append(file.ids)
            parts.append(np.full(len(file.ids), PARTS.index(part), np.int8))
            self.tallies["part"][part] += len(file.ids)
            for name, tally in file.tallies.items():
                self.tallies.setdefault(name, Counter()).update(tally)
        self.ids, first = np.unique(np.concatenate(ids), return_index=True)
        self.parts = np.concatenate(parts)[first]


def _read(store: Store, digest: str, paths: tuple[str, ...]) -> _File:
    import pyarrow.compute as pc

    table = read_table(store.get(digest), ["id", "source", "label", "scores", *_SAID])
    tallies = {"source": Counter(paths[source] for source in table.column("source").to_pylist())}
    if table.column("label").null_count < table.num_rows:
        tallies["label"] = Counter(label or "(none)" for label in table.column("label").to_pylist())
    lengths = sum(pc.fill_null(pc.utf8_length(table.column(name)), 0).to_numpy() for name in _SAID)
    powers = np.ceil(np.log2(np.maximum(lengths, 1))).astype(int)
    tallies["length"] = Counter(f"≤ {2 ** power:,}" for power in powers.tolist())
    if "scores" in table.column_names:
        tallies |= _scores(table.column("scores").to_pylist())
    return _File(_ids(table), tallies)


def _scores(scores: Iterable[str | None]) -> dict[str, Tally]:
    """How the figures of quality lie, in tenths up to 1 and in doubling bins above."""
    tallies: dict[str, Tally] = {}
    for told in filter(None, scores):
        for name, value in json.loads(told).items():
            if name != "length" and isfinite(value):  # length is told for itself
                below = ceil(10 * value) / 10 if value <= 1 else 2 ** ceil(log2(value))
                tallies.setdefault(f"{QUALITY}{name}", Counter())[f"≤ {below:g}"] += 1
    return tallies


def _ids(table: Any) -> Numbers:
    return np.array([one[:_ID] for one in table.column("id").to_pylist()], f"S{_ID}")


class _Loose:
    """The records of one side that the other does not hold, in order: digests of what they ask, answer and say where.

    A number below is an index into these.
    """

    def __init__(self, store: Store, side: _Side, others: Numbers) -> None:
        loose = side.ids[~np.isin(side.ids, others, assume_unique=True)]
        self._paths = side.paths
        self._seen: set[str] = set()
        self.ids: list[str] = []
        self.parts: list[str] = []
        self.sources: list[int] = []
        self.rows: list[int] = []
        self.asks: list[bytes] = []
        self.answers: list[bytes] = []
        for part, digest in side.files if len(loose) else ():
            table = read_table(store.get(digest), COLUMNS)
            for example in from_table(table.filter(np.isin(_ids(table), loose))):
                self._add(part, example)

    def _add(self, part: str, example: Example) -> None:
        if example.id in self._seen:  # a record that is learned from several times is one record
            return
        self._seen.add(example.id)
        asks, answers = _halves(example)
        self.ids.append(example.id)
        self.parts.append(part)
        self.sources.append(example.source)
        self.rows.append(example.row)
        self.asks.append(asks)
        self.answers.append(answers)

    def place(self, number: int) -> Place:
        """Where it stands."""
        return Place(self._paths[self.sources[number]], self.rows[number], self.parts[number], self.ids[number])

    def pairs(self, new: "_Loose") -> list[tuple[int, int]]:
        """Which of these became which of `new`: first those that ask the same, then those in the same place."""
        asked = _joined(enumerate(self.asks), enumerate(new.asks))
        ours, theirs = ({pair[at] for pair in asked} for at in (0, 1))
        placed = _joined(((number, (self._paths[source], row)) for number, (source, row)
                          in enumerate(zip(self.sources, self.rows, strict=True)) if number not in ours),
                         ((number, (new._paths[source], row)) for number, (source, row)
                          in enumerate(zip(new.sources, new.rows, strict=True)) if number not in theirs))
        return sorted(asked + placed)

    def what(self, one: int, new: "_Loose", other: int) -> str:
        """What of it is another now."""
        if not self.answers[one]:
            return "text"
        asks, answers = self.asks[one] != new.asks[other], self.answers[one] != new.answers[other]
        return "both" if asks and answers else "question" if asks else "answer" if answers else "system prompt"


def _halves(example: Example) -> tuple[bytes, bytes]:
    """Digests of what a record asks, without a system prompt, and of what it answers; raw text answers nothing."""
    said = content(example)
    if example.shape == "text":
        return _digest(said), b""
    turns = said.get("messages") or said.get("prompt") or ()
    asks, answers = (turns[:-1], turns[-1:]) if example.messages else (turns, (said["chosen"], said["rejected"]))
    return _digest([turn for turn in asks if turn["role"] != "system"]), _digest(answers)


def _digest(value: Any) -> bytes:
    return bytes.fromhex(key(value))[:16]


def _joined(ours: Iterable[tuple[int, Any]], theirs: Iterable[tuple[int, Any]]) -> list[tuple[int, int]]:
    """Numbers of equal values, each used once, the first with the first."""
    waiting: dict[Any, list[int]] = {}
    for number, value in theirs:
        waiting.setdefault(value, []).append(number)
    for numbers in waiting.values():
        numbers.reverse()
    return [(number, waiting[value].pop()) for number, value in ours if waiting.get(value)]
