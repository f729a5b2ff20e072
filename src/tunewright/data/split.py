"""Divide records into train, validation and test so that groups stay together and old records never move.

A record's place follows from a hash of its group (or of what it asks) and the seed, not from its neighbours: adding
records at the end of a source moves none that was there. The hash is overruled only where a part would stray too far
from its share: by one record and one percentage point where the split is stratified (in each stratum), by one record
and five points where it is not. So labels keep their proportions, small files fill every part, large files are
divided by the hash alone, and a record taken out moves few others (measured: 9 in a label of 130, none in
5,000 rows not stratified).

Where groups are found, not declared, a record that resembles earlier ones of its source goes where they are. If it
joins groups of two parts, or groups of two sources resemble each other, all of them go to the part held out furthest:
so what was examined once is never learned, whatever is added.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, Part
from tunewright.data.compact import Compact, Numbers, codes
from tunewright.data.shares import Shares

Pairs = tuple[Numbers, Numbers]
Links = dict[int, list[int]]

SLACK = 0.05
"""How far a part may stray from its share, as a share of the source, before the hash is overruled."""

SLACK_STRATIFIED = 0.01
"""The same, as a share of the records of one label in the source."""


def place(compact: Compact, fixed: Sequence[Part | None], wanted: Shares, stratified: bool,
          group_of: Callable[[int], str], alike: Pairs | None = None) -> Numbers:
    """The part of each record, as an index into `PARTS`. `fixed` names, per source, the part that all of it goes to.

    `alike` are pairs of records that stay together (later ones, earlier ones) unless a source has decided on them.
    Raises Fault, naming `group_of` a record, if sources with different parts share a group.
    """
    unit, _ = codes(compact.unit)
    whole = np.array([PARTS.index(part) if part else -1 for part in fixed], np.int8)[compact.source]
    of_unit = _given(unit, whole, compact.grouped, group_of)
    # Only what no source and no group has decided is placed by its hash, once in a source, where it is first met.
    free = np.flatnonzero((whole < 0) & (of_unit[unit] < 0))
    place: Numbers = np.full(len(compact), -1, np.int64)
    place[free], firsts = codes(unit[free] * len(fixed) + compact.source[free])
    firsts = free[firsts]
    at = np.ascontiguousarray(compact.unit[firsts]).view(">u8")[::2] / 2.0**64
    strata: dict[tuple[int, int], _Stratum] = defaultdict(
        lambda: _Stratum(wanted, SLACK_STRATIFIED if stratified else SLACK))
    labels = compact.labelled[firsts] if stratified else np.zeros(len(firsts), np.uint64)
    # Each source has its own strata: rows added to one source leave the others alone.
    sources = compact.source[firsts]
    groups = _Groups(len(firsts))
    near, far = _links(place, sources, unit[firsts], alike)
    for one, (source, label, hashed) in enumerate(zip(sources.tolist(), labels.tolist(), at.tolist(), strict=True)):
        if one in near:
            groups.join(one, near[one])
        else:
            groups.part[one] = strata[source, label].add(hashed)
    for one, others in far.items():
        groups.join(one, others)
    of_unit[unit[firsts]] = [groups.part[groups.first(one)] for one in range(len(firsts))]
    return np.where(whole >= 0, whole, of_unit[unit]).astype(np.int8)


def _links(place: Numbers, sources: Numbers, units: Numbers, alike: Pairs | None) -> tuple[Links, Links]:
    """For each place with earlier ones to stay with: those of its source, and those of others."""
    near: Links = {}
    far: Links = {}
    _, head, inverse = np.unique(units, return_index=True, return_inverse=True)
    again = np.flatnonzero(head[inverse] != np.arange(len(units)))
    pairs = [(again, head[inverse[again]])] + ([(place[alike[0]], place[alike[1]])] if alike else [])
    for one, other in pairs:
        both = (one >= 0) & (other >= 0) & (one != other)
        for later, earlier in zip(np.maximum(one, other)[both].tolist(), np.minimum(one, other)[both].tolist(),
                                  strict=True):
            (near if sources[later] == sources[earlier] else far).setdefault(later, []).append(earlier)
    return near, far


class _Groups:
    """Units that stay together. A group has the part of its first unit; joined ones that which is held out furthest."""

    def __init__(self, units: int) -> None:
        self.part = [-1] * units
        self._above = list(range(units))

    def first(self, unit: int) -> int:
        """The unit that stands for the group."""
        while self._above[unit] != unit:
            self._above[unit] = unit = self._above[self._above[unit]]
        return unit

    def join(self, unit: int, others: Sequence[int]) -> None:
        """Make one group of the unit's and the others'."""
        firsts = {self.first(one) for one in (unit, *others)}
        first = min(firsts)
        self.part[first] = max(self.part[one] for one in firsts)
        for one in firsts:
            self._above[one] = first


class _Stratum:
    """Units placed so far, by part."""

    def __init__(self, wanted: Shares, slack: float) -> None:
        self._wanted = tuple(wanted[part] for part in PARTS)
        self._slack = slack
        self._counts = [0] * len(PARTS)
        self._total = 0

    def add(self, at: float) -> int:
        """The part of one more unit, whose hash is `at` in [0, 1)."""
        self._total += 1
        missing = [share * self._total - count for share, count in zip(self._wanted, self._counts, strict=True)]
        most = missing.index(max(missing))
        limit = 1 + self._slack * self._total
        part = self._hashed(at)
        if missing[most] >= limit or missing[part] - 1 < -limit:
            part = most
        self._counts[part] += 1
        return part

    def _hashed(self, at: float) -> int:
        _, validation, test = self._wanted
        if at < test:
            return PARTS.index("test")
        return PARTS.index("validation") if at < test + validation else PARTS.index("train")


def _given(unit: Numbers, whole: Numbers, grouped: Numbers, group_of: Callable[[int], str]) -> Numbers:
    """The part of each unit that a source with a fixed part holds, else -1: the rest of a group follows it there."""
    given: Numbers = np.full(int(unit.max(initial=-1)) + 1, -1, np.int8)
    held = np.flatnonzero((whole >= 0) & grouped)
    given[unit[held[::-1]]] = whole[held[::-1]]  # of records that disagree, the first has the word
    crossing = held[given[unit[held]] != whole[held]]
    if len(crossing):
        number = int(crossing[0])
        first = PARTS[given[unit[number]]]
        raise Fault(f"group `{group_of(number)}` is in a source with part {first} and in one with part "
                    f"{PARTS[whole[number]]}, but records of one group never cross parts: move its records, or leave "
                    "out `group`.")
    return given
