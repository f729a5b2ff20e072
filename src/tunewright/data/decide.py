"""Decide, the second move: what only all records together can tell. It reads compact columns, not the records.

The split comes before duplicates and leaks, and places also what is left out: so a record that expires, is withdrawn
or turns out to be a duplicate moves no other.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS
from tunewright.data import drafted
from tunewright.data.alike import alike
from tunewright.data.balance import balance
from tunewright.data.compact import Compact
from tunewright.data.decisions import Decisions
from tunewright.data.near import Examined, near
from tunewright.data.places import Places
from tunewright.data.prune import prune
from tunewright.data.quality.decide import judge
from tunewright.data.shares import Shares
from tunewright.data.spill import Spill
from tunewright.data.split import place
from tunewright.data.step import WHYS
from tunewright.recipe import DataSpec


def decide(compact: Compact, spill: Spill, spec: DataSpec, wanted: Shares, folder: Path,
           suites: Sequence[Examined], places: Places, tell: Callable[[str], None]) -> Decisions:
    """Every record's part, and why it is left out if it is. `folder` is the recipe's, `suites` what it evaluates with,
    `places` where each record stands; `tell` is told what is being done.

    Raises Fault if groups cross the parts of sources, the recipe stops at leaks, or train or test would be empty.
    """
    decisions = Decisions(compact)
    fixed = [source.part for source in spec.sources]
    decisions.part = drafted.place(compact, spec.sources, lambda some, numbers: place(
        some, fixed, wanted, spec.split.stratify is not None,
        lambda number: str(spill.take([numbers[number]], ["group"]).column("group")[0]),
        alike(some, numbers, spill, spec, _share("groups", tell))))
    drafted.hold_out(compact, decisions, spec, folder)
    if spec.quality:
        judge(compact, spill, spec.quality, decisions)
    prune(compact, decisions)
    near(compact, spill, decisions, spec, suites, places, _share("near-duplicates", tell))
    drafted.cap(compact, decisions, spec)
    if spec.balance:
        balance(compact, spill, spec.balance, decisions)
    _check_filled(decisions, wanted)
    return decisions


def _share(what: str, tell: Callable[[str], None]) -> Callable[[float], None]:
    return lambda done: tell(f"{what} · {100 * done:.0f} %")


def _check_filled(decisions: Decisions, wanted: Shares) -> None:
    """Fault if there would be nothing to learn from, or nothing to measure on where the recipe wants it."""
    total = len(decisions.kept())
    for part in PARTS:
        if part != "validation" and wanted[part] and not len(decisions.kept(part)):
            gone = {why: len(decisions.left_out(why)) for why in WHYS[1:]}
            told = ", ".join(f"{count:,} {why}" for why, count in gone.items() if count)
            raise Fault(f"part {part} would be empty: {total:,} records, of which it should get "
                        f"{100 * wanted[part]:.3g} %, leave it none{f' (left out: {told})' if told else ''}; add "
                        "records or groups, or change `split`.")
