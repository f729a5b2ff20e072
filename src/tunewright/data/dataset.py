"""The data stage: from declared sources to a dataset, kept in the store with its card."""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tunewright.core.digest import canonical, short
from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, write_examples
from tunewright.core.records import Dataset, Origin
from tunewright.core.run import Run
from tunewright.data.card import card
from tunewright.data.prune import Kept, Removed, prune
from tunewright.data.readers import fingerprint
from tunewright.data.records import Harvest, harvest, lines
from tunewright.data.split import Shares, place, shares
from tunewright.recipe import DataSpec

VERSION = 1
"""Raise it when the same sources would give other examples: cached datasets are then made again."""


def make(spec: DataSpec, name: str, folder: Path, run: Run) -> Dataset:
    """The dataset of `spec`, whose relative paths start at `folder`; from the cache if no source has changed.

    Raises Fault, and leaves nothing behind, if a source is missing or broken, or train or test would be empty.
    """
    prints = [fingerprint(source, folder) for source in spec.sources]
    wanted = shares(spec)
    inputs = {"name": name, "spec": spec.model_dump(mode="json"), "shares": wanted, "sources": prints}
    dataset = run.cached("data", VERSION, inputs, Dataset, lambda: _build(spec, name, folder, prints, wanted, run))
    run.say("data", f"{summary(dataset)} → dataset {short(dataset.digest)}")
    if dataset.counts["refused"]:
        run.say("data", f"refused {_first_refused(dataset, run)}")
    for part in PARTS:
        if not dataset.counts[part] and wanted[part]:
            run.say("data", f"part {part} is empty: {dataset.counts['records']} records are too few for "
                            f"`split.{part}: {wanted[part]:g}`")
    return dataset


def _first_refused(dataset: Dataset, run: Run) -> str:
    """Where the first refused record stands and why, and how many more there are."""
    content = run.home.store.get(run.home.store.folder(dataset.files)["refused.jsonl"])
    one, more = json.loads(content.splitlines()[0]), dataset.counts["refused"] - 1
    others = f"; {more:,} more in the dataset's card" if more else ""
    return f"{one['path']}, row {one['row']}: `{one['field']}` {one['reason']}{others}"


def summary(dataset: Dataset) -> str:
    """Counts in one line: records and sources, then what was left out."""
    counts = dataset.counts
    left_out = ", ".join(f"{counts[why]:,} {word if counts[why] != 1 else word.rstrip('s')}" for why, word in (
        ("duplicates", "duplicates"), ("leaks", "leaks"), ("refused", "refused"))
        if counts[why] or why != "refused")
    sources = len(dataset.origins)
    return f"{counts['records']:,} records, {sources} source{'s' * (sources != 1)} · {left_out}"


def _build(spec: DataSpec, name: str, folder: Path, prints: list[str], wanted: Shares, run: Run) -> Dataset:
    found = harvest(spec, folder, prints, lambda text: run.progress("data", text))
    fixed = [source.part for source in spec.sources]
    kept = prune(found.records, place(found.records, fixed, wanted, spec.split.seed,
                                      spec.split.stratify is not None))
    _check_filled(kept, wanted)
    origins = tuple(Origin(path=source.path, digest=print_, license=source.license, basis=source.basis,
                           retention=source.retention, rows=rows)
                    for source, print_, rows in zip(spec.sources, prints, found.rows, strict=True))
    sizes: dict[str, int] = {part: len(kept.parts[part]) for part in PARTS}
    counts = {**sizes, "records": sum(sizes.values()), "rows": sum(found.rows),
              "duplicates": kept.count("duplicate"), "leaks": kept.count("leak"), "refused": len(found.refused)}
    files = _store(spec, name, run, found, kept, origins, counts)
    return Dataset(name=name, spec=run.home.store.put(canonical(spec.model_dump(mode="json"))), origins=origins,
                   files=files, counts=counts)


def _store(spec: DataSpec, name: str, run: Run, found: Harvest, kept: Kept, origins: tuple[Origin, ...],
           counts: dict[str, int]) -> str:
    """Write the dataset's files beside the run, keep them in the store, and return the folder's digest."""
    try:
        with tempfile.TemporaryDirectory(dir=run.folder, prefix=".data-") as temporary:
            built = Path(temporary)
            for part in PARTS:
                write_examples(built / f"{part}.parquet", [record.example for record in kept.parts[part]])
            _write(built / "refused.jsonl", lines(found.refused))
            _write(built / "removed.jsonl", (_told(one, spec) for one in kept.removed))
            (built / "card.md").write_text(card(name, spec, origins, counts, found, kept), encoding="utf-8")
            return run.home.store.put_folder(built)
    except OSError as error:
        raise Fault(f"the dataset cannot be written below {run.folder} ({error.strerror or error}): free room there, "
                    "or set TUNEWRIGHT_HOME to a folder you may write.") from error


def _write(path: Path, values: Iterable[dict[str, Any]]) -> None:
    # ASCII, and anything that is no JSON value by its name: what was refused may hold half characters and bytes.
    with path.open("w", encoding="ascii") as stream:
        stream.writelines(json.dumps(value, default=str) + "\n" for value in values)


def _told(one: Removed, spec: DataSpec) -> dict[str, Any]:
    example, same = one.record.example, one.same.example
    return {"why": one.why, "path": spec.sources[example.source].path, "row": example.row, "part": one.part,
            "same_path": spec.sources[same.source].path, "same_row": same.row, "same_part": one.same_part,
            "id": example.id}


def _check_filled(kept: Kept, wanted: Shares) -> None:
    """Fault if there would be nothing to learn from, or nothing to measure on where the recipe wants it."""
    total = sum(map(len, kept.parts.values()))
    for part in PARTS:
        if part != "validation" and wanted[part] and not kept.parts[part]:
            raise Fault(f"part {part} would be empty: {total:,} records, of which it should get "
                        f"{100 * wanted[part]:.3g} %, leave it none; add records or groups, or change `split`.")
