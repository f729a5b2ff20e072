"""The data stage: from declared sources to a dataset, kept in the store with its card."""

import json
from pathlib import Path

from tunewright.core.digest import short
from tunewright.core.examples import PARTS
from tunewright.core.records import Dataset
from tunewright.core.run import Run
from tunewright.data.readers import fingerprint
from tunewright.data.shares import Shares, shares
from tunewright.recipe import ComputeSpec, DataSpec

ALONE = ComputeSpec()
VERSION = 2
"""Raise it when the same sources would give other examples: cached datasets are then made again."""


def make(spec: DataSpec, name: str, folder: Path, run: Run, compute: ComputeSpec = ALONE) -> Dataset:
    """The dataset of `spec`, whose relative paths start at `folder`; from the cache if no source has changed.

    Raises Fault, and leaves nothing behind, if a source is missing or broken, or train or test would be empty.
    """
    spec = _drafted(spec, folder, run)
    prints = [fingerprint(source, folder) for source in spec.sources]
    wanted = shares(spec)
    inputs = {"name": name, "spec": spec.model_dump(mode="json"), "shares": wanted, "sources": prints}
    dataset = run.cached("data", VERSION, inputs, Dataset,
                         lambda: _build(spec, name, folder, prints, wanted, run, compute))
    run.say("data", f"{summary(dataset)} → dataset {short(dataset.digest)}")
    if dataset.counts["refused"]:
        run.say("data", f"refused {_first_refused(dataset, run)}")
    for part in PARTS:
        if not dataset.counts[part] and wanted[part]:
            run.say("data", f"part {part} is empty: {dataset.counts['records']} records are too few for "
                            f"`split.{part}: {wanted[part]:g}`")
    return dataset


def _drafted(spec: DataSpec, folder: Path, run: Run) -> DataSpec:
    """The section with what an engine makes for it made, and reviewed. Raises Undecided where people must go on."""
    if all(source.kind == "file" for source in spec.sources):
        return spec
    from tunewright.data.drafts import settle
    from tunewright.data.steps import Work

    return settle(Work(spec), folder, run)


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


def _build(spec: DataSpec, name: str, folder: Path, prints: list[str], wanted: Shares, run: Run,
           compute: ComputeSpec) -> Dataset:
    # Imported here: a dataset that is held already is found again without numpy and pyarrow.
    from tunewright.data.build import build

    return build(spec, name, folder, prints, wanted, run, compute)
