"""Divide records into train, validation and test so that groups stay together and old records never move.

A record's place follows from a hash of its group (or of what it asks) and the seed, not from its neighbours: adding
records at the end of a source moves none that was there. The hash is overruled only where a part would stray too far
from its share: by one record and one percentage point where the split is stratified (in each stratum), by one record
and five points where it is not. So labels keep their proportions, small files fill every part, large files are
divided by the hash alone, and a record taken out moves few others (measured: 9 in a label of 130, none in
5,000 rows not stratified).
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, Part
from tunewright.data.records import Record
from tunewright.recipe import DataSpec

SLACK = 0.05
"""How far a part may stray from its share, as a share of the source, before the hash is overruled."""

SLACK_STRATIFIED = 0.01
"""The same, as a share of the records of one label in the source."""

USUAL = {"test": 0.2, "validation": 0.1}
"""Shares of the parts held out where the recipe states none."""

Shares = Mapping[Part, float]


def shares(spec: DataSpec) -> dict[Part, float]:
    """The share of each part in what is split.

    A part that a whole source fills takes nothing more, unless the recipe states its share. Raises Fault if nothing
    would be left for training.
    """
    filled = {source.part for source in spec.sources}
    usual = {part: 0.0 if part in filled else share for part, share in USUAL.items()}
    test = usual["test"] if spec.split.test is None else spec.split.test
    validation = usual["validation"] if spec.split.validation is None else spec.split.validation
    if test + validation >= 1:
        raise Fault(f"split: test {test:g} and validation {validation:g} leave nothing to train on: "
                    "together they must stay below 1.")
    return {"train": 1 - test - validation, "validation": validation, "test": test}


def place(records: Sequence[Record], fixed: Sequence[Part | None], wanted: Shares, seed: int,
          stratified: bool) -> list[Part]:
    """The part of each record. `fixed` names, for each source, the part that all of it goes to.

    Raises Fault if sources with different parts share a group.
    """
    given = _given(records, fixed)
    placed: dict[str, Part] = {}
    strata: dict[tuple[int, str | None], _Stratum] = defaultdict(
        lambda: _Stratum(wanted, SLACK_STRATIFIED if stratified else SLACK))
    parts = []
    for record in records:
        example = record.example
        part = fixed[example.source] or (given.get(example.group) if example.group else None)
        if part is None:
            unit = f"group {example.group}" if example.group else f"asks {record.prompt}"
            if unit not in placed:
                # Each source has its own strata: rows added to one source leave the others alone.
                stratum = strata[example.source, example.label if stratified else None]
                placed[unit] = stratum.add(_hash(seed, unit))
            part = placed[unit]
        parts.append(part)
    return parts


class _Stratum:
    """Units placed so far, by part."""

    def __init__(self, wanted: Shares, slack: float) -> None:
        self._wanted = wanted
        self._slack = slack
        self._counts: dict[Part, int] = dict.fromkeys(PARTS, 0)
        self._total = 0

    def add(self, at: float) -> Part:
        """The part of one more unit, whose hash is `at` in [0, 1)."""
        self._total += 1
        missing = {part: self._wanted[part] * self._total - self._counts[part] for part in PARTS}
        most = max(PARTS, key=missing.__getitem__)
        limit = 1 + self._slack * self._total
        part = self._hashed(at)
        if missing[most] >= limit or missing[part] - 1 < -limit:
            part = most
        self._counts[part] += 1
        return part

    def _hashed(self, at: float) -> Part:
        if at < self._wanted["test"]:
            return "test"
        return "validation" if at < self._wanted["test"] + self._wanted["validation"] else "train"


def _given(records: Sequence[Record], fixed: Sequence[Part | None]) -> dict[str, Part]:
    """The part of each group that a source with a fixed part holds: the rest of the group follows it there."""
    given: dict[str, Part] = {}
    for record in records:
        part, group = fixed[record.example.source], record.example.group
        if part and group and given.setdefault(group, part) != part:
            raise Fault(f"group `{group}` is in a source with part {given[group]} and in one with part {part}, but "
                        "records of one group never cross parts: move its records, or leave out `group`.")
    return given


def _hash(seed: int, unit: str) -> float:
    """A number in [0, 1), the same on every machine."""
    digest = hashlib.sha256(f"{seed} {unit}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
