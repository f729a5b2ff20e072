"""Slices: the items of one label, length or group, and which of them are shown to do worse.

Looked at one by one, of forty slices one would look bad by chance. So every slice of every field is tested, all tests
are corrected together (Holm), and the figures that a person reads are drawn towards the whole (`shrink`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from tunewright.core.items import About, Item
from tunewright.core.records import Slice
from tunewright.stats import measure
from tunewright.stats.estimate import TAIL, Estimate
from tunewright.stats.holm import holm
from tunewright.stats.shrink import Shrunk, error, shrink

LEAST = 10
"""Items of a slice of its own; values with fewer are one slice together, so that none is left out."""
NONE = "(none)"
"""The slice of items that have no value of a field."""


@dataclass(frozen=True)
class _Seen:
    """One slice's estimates, and the p-values against its doing no worse than the rest, and than the base."""

    field: str
    name: str
    figure: Estimate
    change: Estimate | None
    doubts: tuple[float, ...]


def divided(items: Sequence[Item], field: str) -> dict[str, list[Item]]:
    """The items by their value of a field, the largest slice first; the small ones together last."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.slices.get(field, NONE), []).append(item)
    small = [name for name, held in found.items() if len({item.item for item in held}) < LEAST]
    ordered = {name: found[name] for name in sorted(found, key=lambda name: (-len(found[name]), name))
               if name not in small or len(small) == 1}
    rest = [item for item in items if item.slices.get(field, NONE) in small] if len(small) > 1 else []
    return ordered | ({f"the rest ({len(small):,} values)": rest} if rest else {})


def slices(items: Sequence[Item], metric: str, fields: Sequence[str], about: About, *, arm: str = "tuned",
           against: str = "base") -> list[Slice]:
    """Every slice of each field: its figures, and whether it is shown to lie behind the rest, or worse than `against`.

    A field of which all items have the same value has no slices.
    """
    ours, theirs = (measure.select(items, metric, one, about) for one in (arm, against))
    parts = [(field, name, held) for field in fields for name, held in _several(divided(ours, field))]
    # A p-value must be able to be as small as the strictest of so many tests asks.
    fine = replace(about, resamples=max(about.resamples, ceil(2.1 * len(parts) / TAIL)))
    whole = measure.figure(ours, metric, fine)
    if whole is None or not parts:
        return []
    seen = [_look(field, name, held, measure.figure(_without(ours, held), metric, about), theirs, metric, fine)
            for field, name, held in parts]
    stands = iter(holm([doubt for one in seen for doubt in one.doubts]))
    drawn = {field: iter(_drawn([one for one in seen if one.field == field], whole)) for field in fields}
    return [_told(metric, one, next(drawn[one.field]), [next(stands) for _ in one.doubts]) for one in seen]


def _several(parts: dict[str, list[Item]]) -> list[tuple[str, list[Item]]]:
    return list(parts.items()) if len(parts) > 1 else []


def _without(items: Sequence[Item], held: Sequence[Item]) -> list[Item]:
    inside = set(map(id, held))
    return [item for item in items if id(item) not in inside]


def _look(field: str, name: str, held: Sequence[Item], others: Estimate | None, theirs: Sequence[Item], metric: str,
          about: About) -> _Seen:
    figure = measure.figure(held, metric, about)
    change = measure.difference(measure.pairs(held, theirs), metric, about)
    assert figure
    assert others
    better = measure.higher_is_better(metric, about)
    doubts = [_no_worse(figure, others, better, about.seed)]
    if change:
        doubts.append(change.p_at_least(0.0) if better else change.p_at_most(0.0))
    return _Seen(field, name, figure, change, tuple(doubts))


def _no_worse(figure: Estimate, others: Estimate, better: bool, seed: int) -> float:
    """p-value against a slice doing at least as well as the others.

    The slice, which may be small, counts at the end that favours it; the others, which are many, by Student's t.
    """
    wide = error(others.spread, others.n, others.n / others.units)
    drawn = others.value + wide * np.random.default_rng(seed).standard_t(max(others.units - 1, 1), len(figure.lows))
    best = int((figure.highs >= drawn).sum() if better else (figure.lows <= drawn).sum())
    return max(best, 1) / len(drawn)


def _drawn(seen: Sequence[_Seen], whole: Estimate) -> list[Shrunk]:
    """The figures of a field's slices, drawn towards one another."""
    size = whole.n / whole.units
    errors = [error(whole.spread, one.figure.n, size) for one in seen]
    found = shrink(np.asarray([one.figure.value for one in seen]), np.asarray(errors))
    # A share beyond 0 or 1 is none; an end that was cut there is still an end.
    return [replace(one, **{end: min(max(getattr(one, end), whole.floor), whole.ceiling)
                            for end in ("value", "low", "high")}) for one in found]


def _told(metric: str, seen: _Seen, drawn: Shrunk, stands: Sequence[bool]) -> Slice:
    change = seen.change
    low, high = _ends(seen.figure)
    ends = (change.value, *_ends(change)) if change else (None, None, None)
    return Slice(metric=metric, field=seen.field, name=seen.name, n=seen.figure.n, value=seen.figure.value, low=low,
                 high=high, shrunk=drawn.value, shrunk_low=drawn.low, shrunk_high=drawn.high,
                 change=ends[0], change_low=ends[1], change_high=ends[2], behind=stands[0],
                 worse=len(stands) > 1 and stands[1])


def _ends(estimate: Estimate) -> tuple[float, float]:
    """Ends that a record can hold: one that nothing bounds is drawn at 1,000 either way."""
    return max(estimate.low, -1000.0), min(estimate.high, 1000.0)
