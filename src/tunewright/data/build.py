"""The three moves in a row: prepare into a spill, decide over it, write it as a dataset. Nothing is held whole."""

import shutil
import tempfile
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from tunewright.core.digest import canonical
from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS
from tunewright.core.records import Dataset, Origin
from tunewright.core.run import Run
from tunewright.data import canaries, drafted, removed, spans
from tunewright.data import spill as spills
from tunewright.data.card import CARD, Made, card
from tunewright.data.compact import compact
from tunewright.data.decide import decide
from tunewright.data.decisions import Decisions
from tunewright.data.gather import Gather, Gathered
from tunewright.data.near import Examined
from tunewright.data.quality import write as quality
from tunewright.data.quality.told import Findings
from tunewright.data.shares import Shares
from tunewright.data.step import WHYS
from tunewright.data.steps import Work
from tunewright.data.write import write_part
from tunewright.recipe import ComputeSpec

_ROOM = ".data-"
_PLURALS = {"duplicate": "duplicates", "near": "near-duplicates", "leak": "leaks"}


def build(work: Work, name: str, folder: Path, prints: list[str], wanted: Shares, run: Run,
          compute: ComputeSpec, suites: Sequence[Examined]) -> Dataset:
    """The dataset, its files in the store. Raises Fault and leaves nothing behind if it cannot be made."""
    for left in run.folder.glob(f"{_ROOM}*"):  # of a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory(dir=run.folder, prefix=_ROOM) as room:
            return _moves(work, name, folder, prints, wanted, run, compute, suites, Path(room))
    except OSError as error:
        raise Fault(f"the dataset cannot be written below {run.folder} ({error.strerror or error}): free room there, "
                    "or set TUNEWRIGHT_HOME to a folder you may write.") from error


def _moves(work: Work, name: str, folder: Path, prints: list[str], wanted: Shares, run: Run,
           compute: ComputeSpec, suites: Sequence[Examined], room: Path) -> Dataset:
    spec = work.spec
    built = room / "dataset"
    built.mkdir()
    gather = Gather(work, folder, prints, compute, run)
    spills.write(room / "spill.arrow", gather.batches(built))
    spill = spills.Spill(room / "spill.arrow")
    looked = compact(spill)
    decisions = decide(looked, spill, spec, wanted, folder, suites, gather.found.places,
                       partial(run.progress, "data"))
    origins = tuple(Origin(path=source.path, digest=print_, license=source.license, basis=source.basis,
                           retention=source.retention, rows=rows, reviewed=drafted.reviewed(source, folder))
                    for source, print_, rows in zip(spec.sources, prints, gather.found.rows, strict=True))
    personal = spans.found(spill, decisions)
    counts = _counts(gather.found, decisions) | spans.counted(spec.pii, personal)
    for part in PARTS:
        write_part(built, part, spill, decisions)
    removed.write(built, spill, looked, decisions, gather.found.places)
    found = quality.write(built, spec.quality, spill, looked, decisions) if spec.quality else Findings()
    drafted.write(built / "drafts.jsonl", spec, folder)
    made = Made(name, spec, origins, counts, gather.found, spill, looked, decisions, found, personal)
    (built / CARD).write_text(card(made), encoding="utf-8")
    if spec.canaries:
        origins += (canaries.plant(built, spec.canaries, looked, decisions, len(origins)),)
        counts["canaries"] = spec.canaries.count * spec.canaries.repeat
    return Dataset(name=name, spec=run.home.store.put(canonical(spec.model_dump(mode="json"))), origins=origins,
                   files=run.home.store.put_folder(built), counts=counts, expires=_expires(spill, decisions))


def _expires(spill: spills.Spill, decisions: Decisions) -> date | None:
    """The first day on which a kept record may no longer be used."""
    days = [pc.min(batch.column("expires").filter(pa.array(decisions.why[start:start + batch.num_rows] == 0))).as_py()
            for start, batch in spill.batches()]
    return min((day for day in days if day), default=None)


def _counts(found: Gathered, decisions: Decisions) -> dict[str, int]:
    """Records by part, and those left out by reason: `rows` is `records` and all reasons together, always."""
    counts: dict[str, int] = {part: len(decisions.kept(part)) for part in PARTS}
    counts |= {"records": sum(counts.values()), "rows": sum(found.rows), "refused": sum(found.refused)}
    for why in WHYS[1:]:
        left_out = len(decisions.left_out(why))
        if left_out or why in ("duplicate", "leak"):
            counts[_PLURALS.get(why, why)] = left_out
    kept = decisions.kept()
    if repeated := int(decisions.copies[kept].sum()) - len(kept):
        counts["repeated"] = repeated
    return counts
