"""The data stage: from declared sources to a dataset, kept in the store with its card."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from tunewright.core.digest import short
from tunewright.core.examples import PARTS
from tunewright.core.records import Dataset
from tunewright.core.run import Run
from tunewright.core.withdrawn import Withdrawn, withdrawn
from tunewright.data import spans, strict
from tunewright.data.licenses import findings, require
from tunewright.data.lines import first
from tunewright.data.quality import told
from tunewright.data.readers import fingerprint
from tunewright.data.shares import Shares, shares
from tunewright.data.steps import Work
from tunewright.recipe import ComputeSpec, DataSpec

Suites = Mapping[str, Callable[[], Sequence[str]]]
"""What each suite that the recipe evaluates with asks, by its name: training must not hold it."""

ALONE = ComputeSpec()
VERSION = 9
"""Raise it when the same sources would give other examples: cached datasets are then made again."""


def make(spec: DataSpec, name: str, folder: Path, run: Run, compute: ComputeSpec = ALONE,
         today: date | None = None, suites: Suites | None = None) -> Dataset:
    """The dataset of `spec`, whose relative paths start at `folder`; from the cache if no source has changed, no
    record of it has expired by `today` (unless given, today in UTC) and nobody in it has withdrawn.

    Raises Fault, and leaves nothing behind, if a source is missing or broken, a licence forbids the use that is
    stated, the recipe stops at leaks, or train or test would be empty.
    """
    judged = findings(spec)
    require(judged, spec.use)
    for one in judged:
        run.say("licence", one.sentence)
    day = today or datetime.now(UTC).date()
    spec = _drafted(spec, folder, run, day)
    prints = [fingerprint(source, folder) for source in spec.sources]
    wanted = shares(spec)
    inputs = {"name": name, "spec": spec.model_dump(mode="json"), "shares": wanted, "sources": prints,
              "key": _key(spec), "suites": sorted(suites or {})}
    dataset = _current(run, inputs, day, lambda gone: _build(Work(spec, gone, day), name, folder, prints, wanted, run,
                                                             compute, suites or {}))
    run.say("data", f"{summary(dataset)} → dataset {short(dataset.digest)}")
    if dataset.counts["refused"]:
        _tell_refused(dataset, run)
    if (look := _worth_a_look(dataset, run)) is not None:
        run.say("data", look)
    for part in PARTS:
        if not dataset.counts[part] and wanted[part]:
            run.say("data", f"part {part} is empty: {dataset.counts['records']} records are too few for "
                            f"`split.{part}: {wanted[part]:g}`")
    return dataset


def _current(run: Run, inputs: object, day: date, build: Callable[[Withdrawn], Dataset]) -> Dataset:
    """The dataset from the cache as long as it may be used, else built; again if somebody withdrew meanwhile."""
    overtaken: set[str] = set()
    while True:
        gone = withdrawn(run.home)

        void = gone.datasets | overtaken

        def holds(dataset: Dataset, void: frozenset[str] = void) -> bool:
            return (dataset.expires is None or day < dataset.expires) and dataset.digest not in void

        before = len(run.fresh)
        dataset = run.cached("data", VERSION, inputs, Dataset, partial(build, gone), holds)
        if len(run.fresh) == before or withdrawn(run.home) == gone:
            return dataset
        overtaken.add(dataset.digest)


def _key(spec: DataSpec) -> str | None:
    """What tells the key of the pseudonyms from another: with another key the dataset is another."""
    if spec.pii is None:
        return None
    # Imported here: most recipes do without the recognisers.
    from tunewright.data import personal

    return personal.fingerprint(spec.pii)


def _drafted(spec: DataSpec, folder: Path, run: Run, day: date) -> DataSpec:
    """The section with what an engine makes for it made, and reviewed. Raises Undecided where people must go on."""
    if all(source.kind == "file" for source in spec.sources):
        return spec
    from tunewright.data.drafts import settle

    return settle(Work(spec, withdrawn(run.home), day), folder, run)


def _tell_refused(dataset: Dataset, run: Run) -> None:
    """Say where the first refused record stands and why, and how many more there are. A strict run takes none."""
    store = run.home.store
    told = [f"{one['path']}, row {one['row']}: `{one['field']}` {one['reason']}"
            for one in first(store, store.folder(dataset.files), "refused", strict.SHOWN)]
    if run.strict:
        strict.require_none(told, run)
    more = f"; {dataset.counts['refused'] - 1:,} more in the dataset's card" if len(told) > 1 else ""
    run.say("data", f"refused {told[0]}{more}")


def _worth_a_look(dataset: Dataset, run: Run) -> str | None:
    """What the checks of quality found, in one line."""
    digest = run.home.store.folder(dataset.files).get(told.FILE)
    return told.line(told.parse(run.home.store.get(digest))) if digest else None


def summary(dataset: Dataset) -> str:
    """Counts in one line: records and sources, then what was left out."""
    counts = dataset.counts
    told = ("duplicates", "near-duplicates", "leaks", "withdrawn", "expired", "quality", "balance", "refused")
    left_out = ", ".join(f"{counts.get(why, 0):,} {why if counts.get(why) != 1 else why.rstrip('s')}" for why in told
                         if counts.get(why) or why in ("duplicates", "leaks"))
    sources = len(dataset.origins)
    return f"{counts['records']:,} records, {sources} source{'s' * (sources != 1)} · {left_out}{_personal(counts)}"


def _personal(counts: Mapping[str, int]) -> str:
    done = [f"{counts['pii']:,} withheld for PII"] if counts.get("pii") else []
    done += [said] if (said := spans.told(counts)) else []
    done += [f"{counts['canaries']:,} records of canaries added"] if counts.get("canaries") else []
    return "".join(f", {one}" for one in done)


def _build(work: Work, name: str, folder: Path, prints: list[str], wanted: Shares, run: Run,
           compute: ComputeSpec, suites: Suites) -> Dataset:
    # Imported here: a dataset that is held already is found again without numpy and pyarrow.
    from tunewright.data.build import build
    from tunewright.data.near import Examined
    from tunewright.data.subjects import index

    asked = [Examined(suite, text) for suite, texts in suites.items() for text in texts()]
    dataset = build(work, name, folder, prints, wanted, run, compute, asked)
    index(run.home, dataset)
    return dataset
