"""Who is in which file of which dataset: a small sorted table beside the store for each Parquet file of a part.

It is derived: what is missing is made again from the files. A file that many dataset versions share has one table,
so a person is found among them all by a few binary searches. It is three rows of 64-bit numbers: the person (0 where
the record names nobody), and the first 16 bytes of the record's key, what it said when it was read (data/same.py).
"""

import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, read_table
from tunewright.core.home import Home
from tunewright.core.records import Dataset
from tunewright.core.store import Store
from tunewright.data.lines import files_of
from tunewright.data.provenance import suspects
from tunewright.recipe import DataSpec

_COLUMNS = ("subject", "as_read")
_NUMBER: Any = np.dtype("<u8")
_NOBODY: Any = np.zeros(1, _NUMBER)


@dataclass
class Held:
    """Where a person's records are.

    `datasets` names the parts that hold any, by the dataset's digest; `files` are the Parquet files of those parts,
    `refused` the files of refused records, each with the column that names the person by the source's path. `keys`
    are the records' own. `unknown` are datasets that cannot be read, so that nobody can tell.
    """

    datasets: dict[str, set[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    refused: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)


def index(home: Home, dataset: Dataset) -> None:
    """Make the tables of a dataset's parts that are not there yet."""
    for digest in parts(home.store.folder(dataset.files)):
        if not _path(home, digest).exists():
            _table(home, digest)


def forget(home: Home, digest: str) -> None:
    """Take the table of an erased file away."""
    _path(home, digest).unlink(missing_ok=True)


def find(home: Home, datasets: Iterable[Dataset], person: str) -> Held:
    """Where the records of `person` are among `datasets`: those that name the person, and those that name nobody and
    say the same as one of them.
    """
    held = Held()
    tables: dict[str, None] = {}
    folders: list[tuple[Dataset, dict[str, str]]] = []
    for dataset in datasets:
        try:
            files = home.store.folder(dataset.files)
            for digest in parts(files):
                if digest not in tables:
                    if not _path(home, digest).exists():
                        _table(home, digest)  # here it is found out what cannot be read
                    tables[digest] = None
        except Fault:
            held.unknown.add(dataset.digest)
            continue
        folders.append((dataset, files))
    _search(home, tables, person, held)
    for dataset, files in folders:
        if within := {_part(name) for name, digest in files.items() if digest in held.files}:
            held.datasets[dataset.digest] = within
        for digest in files_of(files, "refused"):
            _refused(home.store, digest, dataset.spec, person, held)
    return held


def expired(home: Home, datasets: Iterable[Dataset], day: date) -> Held:
    """Where `datasets` still keep records that may no longer be used on `day`."""
    held = Held()
    keys: dict[str, list[str]] = {}
    for dataset in datasets:
        try:
            files = home.store.folder(dataset.files)
            for digest in parts(files):
                if digest not in keys:
                    read = read_table(home.store.get(digest), ("as_read", "expires"))
                    out = pc.fill_null(pc.less_equal(read.column("expires"), day), False)
                    keys[digest] = [key.hex() for key in read.column("as_read").filter(out).to_pylist()]
        except Fault:
            held.unknown.add(dataset.digest)
            continue
        if within := {_part(name) for name, digest in files.items() if keys.get(digest)}:
            held.datasets[dataset.digest] = within
            held.files |= {digest for digest in parts(files) if keys[digest]}
    held.keys = {key for digest in held.files for key in keys[digest]}
    return held


def _search(home: Home, tables: Iterable[str], person: str, held: Held) -> None:
    """Fill in the parts and keys: first the records that name the person, then their like that name nobody."""
    who = np.array([_number(person)], _NUMBER)
    for digest in tables:
        table = _open(home, digest)
        (first,), (last,) = _ranges(table[0], who)
        if last > first:
            held.files.add(digest)
            held.keys |= {f"{high:016x}{low:016x}" for high, low in table[1:, first:last].T.tolist()}
    heads = np.array([int(key[:16], 16) for key in held.keys], _NUMBER)
    tails = [int(key[16:], 16) for key in held.keys]
    for digest in tables if held.keys else ():
        table = _open(home, digest)
        nobody = table[1:, :_ranges(table[0], _NOBODY)[1][0]]
        firsts, lasts = _ranges(nobody[0], heads)
        if any(tails[at] in nobody[1, firsts[at]:lasts[at]] for at in np.flatnonzero(lasts > firsts)):
            held.files.add(digest)


def _ranges(column: Any, values: Any) -> tuple[Any, Any]:
    """From where to where a sorted column holds each of some values."""
    return np.searchsorted(column, values), np.searchsorted(column, values, "right")


def about(line: dict[str, Any], columns: dict[str, str], person: str) -> bool:
    """Whether a line of `refused.jsonl` is about the person. `columns` names the person's column by source path."""
    record = line.get("record")
    # A source may be a folder, whose files stand in the line: then any source's column may be the one.
    asked = [columns[line["path"]]] if line["path"] in columns else columns.values()
    return isinstance(record, dict) and any(person in suspects(record, column) for column in asked)


def _refused(store: Store, digest: str, spec: str, person: str, held: Held) -> None:
    """Note the file of refused records if the person is in it."""
    content = store.get(digest)
    if not content:
        return
    sources = DataSpec.model_validate(store.get_json(spec)).sources
    columns = {source.path: source.subject for source in sources if source.subject}
    if any(about(json.loads(line), columns, person) for line in content.splitlines()):
        held.refused[digest] = held.refused.get(digest, {}) | columns


def parts(files: dict[str, str]) -> Collection[str]:
    """The digests of the Parquet files of a dataset's parts."""
    return [digest for name, digest in files.items() if _part(name) in PARTS]


def _part(name: str) -> str:
    """The part that a file is of: `train-0003.parquet` is of train."""
    return name.removesuffix(".parquet").partition("-")[0]


def _path(home: Home, digest: str) -> Path:
    return home.path / "subjects" / digest[:2] / digest[2:]


def _open(home: Home, digest: str) -> Any:
    """The table of one Parquet file. Nobody holds many: a system maps and opens only so many files at once."""
    try:
        content = _path(home, digest).read_bytes()
    except FileNotFoundError:
        return _table(home, digest)
    return np.frombuffer(content, _NUMBER).reshape(3, -1)


def _table(home: Home, digest: str) -> Any:
    """Make, keep and return the table of one Parquet file."""
    read = read_table(home.store.get(digest), _COLUMNS)
    people, keys = read.column("subject").to_pylist(), read.column("as_read").to_pylist()
    numbers = {person: _number(person) if person else 0 for person in set(people)}
    table: Any = np.empty((3, len(people)), _NUMBER)
    table[0] = [numbers[person] for person in people]
    table[1:] = np.frombuffer(b"".join(keys), ">u8").reshape(-1, 2).T
    table = np.ascontiguousarray(table[:, np.lexsort(table[::-1])])
    path = _path(home, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}")
    temporary.write_bytes(table.tobytes())
    temporary.replace(path)
    return table


def _number(person: str) -> int:
    """A person as a number from 1: among a billion people two share one with a chance of 3 in 100."""
    return int.from_bytes(blake2b(person.encode(), digest_size=8).digest(), "big") or 1
