"""Read a declared source: CSV, JSONL, JSON, Parquet, a folder of them, or a dataset on the Hugging Face hub.

Each kind is one file with one function `read`. A file that cannot be read as what it says it is raises Fault with
file, row and line. Where only one record is broken, and it is plain where the next begins, its row says so; what
records hold is not judged here.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from tunewright.core.digest import digest_file, digest_json
from tunewright.core.errors import Fault
from tunewright.data.readers import csv_file, hub, json_file, jsonl_file, parquet_file
from tunewright.data.readers.folder import File, files
from tunewright.data.readers.table import Row, Table
from tunewright.recipe import SourceSpec

KINDS: dict[str, Callable[[Path, str], Table]] = {
    ".csv": csv_file.read,
    ".jsonl": jsonl_file.read,
    ".json": json_file.read,
    ".parquet": parquet_file.read,
}

__all__ = ["KINDS", "Row", "Table", "fingerprint", "read", "unchanged"]


def fingerprint(source: SourceSpec, folder: Path) -> str:
    """What changes whenever the source's content does: a file's SHA-256, or the hub dataset's commit.

    Of several files it is the digest of their names and digests. Raises Fault if a file is missing or cannot be read,
    or the hub cannot be asked.
    """
    if source.path.startswith(hub.PREFIX):
        return hub.commit(source)
    found = files(source.path, folder, KINDS)
    if [file.name for file in found] == [source.path]:
        return _digest(found[0])
    return digest_json({file.name: _digest(file) for file in found})


def _digest(file: File) -> str:
    try:
        return digest_file(file.path)
    except OSError as error:
        raise _closed(file, error) from error


def unchanged(source: SourceSpec, folder: Path, print_: str) -> bool:
    """Whether a source still has the fingerprint it had; what the hub holds under a commit never changes."""
    return source.path.startswith(hub.PREFIX) or fingerprint(source, folder) == print_


def read(source: SourceSpec, folder: Path, commit: str) -> Table:
    """The rows of a source, lazily, at most `source.rows`. `commit` is its fingerprint (used for the hub only).

    Raises Fault if the source is missing, of unknown kind, empty or broken; broken rows raise while iterating.
    """
    if source.kind != "file":
        from tunewright.data.readers import review_file  # on use: its figures need numpy

        table = review_file.usable(folder / source.path, source.path)
    elif source.path.startswith(hub.PREFIX):
        table = hub.read(source, commit)
    else:
        found = files(source.path, folder, KINDS)
        table = _table(found[0])
        if len(found) > 1:
            table = Table(source.path, table.columns, _together(table, found))
    return Table(table.name, table.columns, islice(_some(table), source.rows))


def _table(file: File) -> Table:
    try:
        if file.path.stat().st_size == 0:
            raise Fault(f"{file.name} is empty: give it at least one record.")
        return KINDS[file.kind](file.path, file.name)
    except OSError as error:
        raise _closed(file, error) from error


def _together(first: Table, found: tuple[File, ...]) -> Iterator[Row]:
    """The rows of all files, numbered through. Fault if one has other columns than the first."""
    number = 0
    for at, file in enumerate(found):
        table = first if at == 0 else _table(file)
        if table.columns and first.columns and set(table.columns) != set(first.columns):
            other = sorted(set(table.columns) ^ set(first.columns))[0]
            raise Fault(f"{file.name} and {first.name} have other columns (`{other}` is in one only): give them the "
                        "same, or make each a source of its own.")
        for row in _some(table):
            number += 1
            yield replace(row, number=number, file=file.name, within=row.number)


def _some(table: Table) -> Iterator[Row]:
    """The table's rows; Fault if there are none."""
    first = next(table.rows, None)
    if first is None:
        raise Fault(f"{table.name} holds no records: give it at least one.")
    yield from chain((first,), table.rows)


def _closed(file: File, error: OSError) -> Fault:
    return Fault(f"{file.name} cannot be read ({error.strerror}): check its permissions.")
