"""How the changes of two datasets' records are told: as lines and as Markdown."""

from collections.abc import Iterator

from tunewright.core.digest import short
from tunewright.lineage.distribution import QUALITY, Distribution
from tunewright.lineage.records import Change, Place, Records


def lines(records: Records) -> Iterator[str]:
    """Aligned lines: the counts, what moved, and the first of each kind."""
    yield f"records   {counts(records)}"
    shown = _shown(records)
    widths = max((len(one.name) for one in shown), default=0)
    for at, one in enumerate(shown):
        yield f"{'' if at else 'spread':<10}{one.name:<{widths}}  {spread(one)}"
    for word, all_, first in named(records):
        for at, told in enumerate(first):
            yield f"{'' if at else word:<10}{told}"
        if all_ > len(first):
            yield f"{'':<10}and {all_ - len(first):,} more"


def markdown(records: Records) -> Iterator[str]:
    """The same as paragraphs, a table and lists."""
    yield from ("", f"**Records:** {counts(records)}.", "", "| spread of | moved by | by chance | most |",
                "| --- | --- | --- | --- |")
    for one in _shown(records):
        yield f"| {cell(one.name)} | {one.distance:.3f} | {one.chance:.3f} | {cell(_most(one))} |"
    for word, all_, first in named(records):
        if first:
            yield from ("", f"**{word.capitalize()}: {all_:,}**", "", *(f"- {cell(told)}" for told in first))


def _shown(records: Records) -> list[Distribution]:
    """All but the figures of quality that stayed where they were."""
    return [one for one in records.distributions
            if not one.name.startswith(QUALITY) or one.distance > one.chance]


def counts(records: Records) -> str:
    """How many are the same, added, removed and changed."""
    moved = f", {records.moved:,} of them in another part" if records.moved else ""
    return (f"{records.same:,} the same{moved} · {records.added:,} added · {records.removed:,} removed · "
            f"{records.changed:,} changed")


def spread(one: Distribution) -> str:
    """How far it moved, held against chance, and the values that moved most."""
    most = _most(one) if one.distance > one.chance else ""
    return f"{one.distance:.3f} ({one.chance:.3f} by chance)   {most}".rstrip()


def named(records: Records) -> tuple[tuple[str, int, list[str]], ...]:
    """The kinds of records that one dataset does not share: the word, how many, and the first of them."""
    return (("added", records.added, list(map(_place, records.first_added))),
            ("removed", records.removed, list(map(_place, records.first_removed))),
            ("changed", records.changed, list(map(_change, records.first_changed))))


def _place(place: Place) -> str:
    return f"{place.path}, row {place.row:,} ({place.part}) {short(place.id)}"


def _change(change: Change) -> str:
    before, after = change.before, change.after
    return f"{_place(before)} → {_place(after)}: {change.what}"


def _most(one: Distribution) -> str:
    return ", ".join(f"{_cut(shift.value)} {100 * shift.before:.3g} → {100 * shift.after:.3g} %"
                     for shift in one.shifts)


def _cut(value: str) -> str:
    flat = " ".join(value.split())
    return flat if len(flat) <= 40 else f"{flat[:39]}…"


def cell(text: str) -> str:
    """`text` as it may stand in a cell of a table or behind a dash."""
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())
