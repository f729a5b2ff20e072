"""Erase a person's records from what is kept: each object that holds any is replaced by what is left of it.

Bytes named by digest cannot change, so an object is written anew without the records and the old one is taken away;
the ledger entry lists both, and a marker in the store leads from one to the other.
"""

import json
import shutil
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from tunewright.core.errors import Fault
from tunewright.core.examples import COLUMNS, from_table, read_table
from tunewright.core.home import Home
from tunewright.core.items import ITEMS
from tunewright.core.ledger import Entry
from tunewright.core.records import Dataset, Report
from tunewright.core.run import write_atomically
from tunewright.core.store import Erased, Store
from tunewright.core.withdrawn import details
from tunewright.data import removed
from tunewright.data.card import CARD, cell
from tunewright.data.lines import files_of
from tunewright.data.quality import told
from tunewright.data.subjects import forget, parts
from tunewright.withdraw import beside, rewrite
from tunewright.withdraw.reach import Reach, records
from tunewright.withdraw.rewrite import Chosen, Traces

_ANSWERS = b'{"answers":'
"""How a record of kept answers begins."""


def left(home: Home, reach: Reach, chosen: Chosen, traces: Traces) -> dict[str, str]:
    """What is left of every object that holds the `chosen` records: its digest → that of the new object, which is
    kept already. Nothing is taken away yet. The records are added to `traces`.
    """
    store = home.store
    replaced: dict[str, str] = {}
    held = reach.held
    _each(store, sorted(held.files), lambda content: rewrite.part(content, chosen, traces), replaced)
    for digest, columns in sorted(held.refused.items()):
        _each(store, [digest], partial(rewrite.refused, columns=columns, person=traces.person or ""), replaced)
    _left_out(home, traces, replaced)
    for name in held.datasets:
        _beside(store, Dataset.model_validate(store.get_json(name)), held.keys, traces, replaced)
    reports = (Report.model_validate(store.get_json(digest)) for digest in reach.reports)
    listed = sorted({store.folder(report.items)[ITEMS] for report in reports if store.has(report.items)})
    _each(store, listed, lambda content: rewrite.items(content, traces), replaced)
    if traces.ids:
        _each(store, _kept_answers(store), lambda content: rewrite.answers(content, traces), replaced)
    return replaced


def _left_out(home: Home, traces: Traces, replaced: dict[str, str]) -> None:
    """What was left out of any dataset: also of one that names nobody and kept nothing of these records."""
    listed: set[str] = set()
    for dataset in records(home):
        if isinstance(dataset, Dataset):
            with suppress(Fault):  # a dataset that cannot be read is told as unknown
                listed.update(files_of(home.store.folder(dataset.files), removed.NAME))
    known = sorted(digest for digest in listed if home.store.has(digest))
    gone = set(traces.ids)
    if traces.person is not None:
        gone = gone.union(*(removed.ids_of(home.store.get(digest), traces.person) for digest in known))
    _each(home.store, known, lambda content: beside.removed(content, traces.person, gone), replaced)


def _beside(store: Store, dataset: Dataset, keys: Collection[str], traces: Traces, replaced: dict[str, str]) -> None:
    """The files beside a dataset's parts."""
    files = store.folder(dataset.files)
    _each(store, files_of(files, "drafts"), lambda content: beside.drafts(content, keys, traces.ids), replaced)
    found, page = files.get(told.FILE), files.get(CARD)
    shown = "".join(store.get(digest).decode() for digest in (page, found) if digest)
    alone = _alone(store, [replaced.get(digest, digest) for digest in parts(files)], traces, shown)
    _each(store, [found] if found else [], lambda content: beside.quality(content, traces, alone), replaced)
    findings = store.get(replaced[found]) if found in replaced else None
    _each(store, [page] if page else [], lambda content: beside.card(content, findings, alone), replaced)


def _alone(store: Store, parts: Iterable[str], traces: Traces, shown: str) -> set[str]:
    """The labels and answers that no record says any more, of those that the person's said and that are `shown`."""
    alone = {said for one in traces.records for said in (one.label, one.answer) if said and cell(said) in shown}
    for digest in parts:
        if not alone:
            break
        for example in from_table(read_table(store.get(digest), COLUMNS)):
            alone -= {example.label, example.answer}
    return alone


def _each(store: Store, digests: Iterable[str], rewritten: Callable[[bytes], bytes | None],
          replaced: dict[str, str]) -> None:
    """Keep what is left of each object of which something is taken out, and note it."""
    for digest in digests:
        if store.has(digest) and (content := rewritten(store.get(digest))) is not None:
            replaced[digest] = store.put(content)


def _kept_answers(store: Store) -> list[str]:
    """The objects that hold answers of arms that do not depend on a tuned model."""
    found = (store.get_json(digest) for digest, start in store.beginnings(len(_ANSWERS)) if start == _ANSWERS)
    return sorted({str(value["answers"]) for value in found if value.get("record") == "answers"})


def erase(home: Home, entry: Entry) -> int:
    """Take away the objects that an entry lists; return how many were still there. Done again it goes on
    where it stopped.
    """
    replaced = details(home, entry).erased
    done = 0
    for digest, instead in sorted(replaced.items()):
        done += home.store.has(digest)
        home.store.erase(digest, Erased(entry.number, instead))
        forget(home, digest)
    return done


def clear_runs(home: Home, datasets: Iterable[str], traces: Traces) -> int:
    """Take the person's records out of the folders of runs on these datasets: items are rewritten, and a page that
    shows examples is taken away. Returns how many files were changed.
    """
    wanted = set(datasets)
    folders = [path for path in home.runs.glob("*/") if _dataset(path) in wanted] if home.runs.is_dir() else []
    changed = 0
    for folder in folders:
        listed = folder / "evaluate" / ITEMS
        for page in (folder / "report.html", folder / "judge" / "pairs.html"):
            changed += page.exists()
            page.unlink(missing_ok=True)
        content = rewrite.items(listed.read_bytes(), traces) if listed.exists() else None
        if content is not None:
            write_atomically(listed, content.decode())
            changed += 1
    return changed


def clear_answers(home: Home, keys: Iterable[str]) -> int:
    """Take away what engines answered about the person's records (data/drafts); return about how many records."""
    folders = [folder for key in keys if (folder := home.path / "answers" / key).is_dir()]
    for folder in folders:
        shutil.rmtree(folder)
    return len(folders)


def _dataset(folder: Path) -> str | None:
    """The dataset that a run works on."""
    try:
        dataset: str | None = json.loads((folder / "run.json").read_text()).get("dataset")
    except (OSError, ValueError):
        return None
    return dataset
