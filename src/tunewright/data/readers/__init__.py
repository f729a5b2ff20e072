"""Read a declared source: CSV, JSONL, JSON, Parquet, or a dataset on the Hugging Face hub.

Each kind is one file with one function `read`. A file that cannot be read as what it says it is raises Fault with
file, row and line; what single records hold is not judged here.
"""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

from tunewright.core.digest import digest_file
from tunewright.core.errors import Fault
from tunewright.data.nearest import did_you_mean
from tunewright.data.readers import csv_file, hub, json_file, jsonl_file, parquet_file
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

    Raises Fault if the file is missing or cannot be read, or the hub cannot be asked.
    """
    if source.path.startswith(hub.PREFIX):
        return hub.commit(source)
    path = _file(source, folder)
    try:
        return digest_file(path)
    except OSError as error:
        raise Fault(f"{source.path} cannot be read ({error.strerror}): check its permissions.") from error


def unchanged(source: SourceSpec, folder: Path, print_: str) -> bool:
    """Whether a file still has the fingerprint it had; what the hub holds under a commit never changes."""
    return source.path.startswith(hub.PREFIX) or fingerprint(source, folder) == print_


def read(source: SourceSpec, folder: Path, commit: str) -> Table:
    """The rows of a source, lazily, at most `source.rows`. `commit` is its fingerprint (used for the hub only).

    Raises Fault if the source is missing, of unknown kind, empty or broken; broken rows raise while iterating.
    """
    if source.path.startswith(hub.PREFIX):
        table = hub.read(source, commit)
    else:
        path = _file(source, folder)
        try:
            if path.stat().st_size == 0:
                raise Fault(f"{source.path} is empty: give it at least one record.")
            table = KINDS[path.suffix.lower()](path, source.path)
        except OSError as error:
            raise Fault(f"{source.path} cannot be read ({error.strerror}): check its permissions.") from error
    return Table(table.name, table.columns, islice(_some(table), source.rows))


def _some(table: Table) -> Iterator[Row]:
    """The table's rows; Fault if there are none."""
    first = next(table.rows, None)
    if first is None:
        raise Fault(f"{table.name} holds no records: give it at least one.")
    yield from chain((first,), table.rows)


def _file(source: SourceSpec, folder: Path) -> Path:
    path = folder / Path(source.path).expanduser()
    if not path.exists():
        beside = [near.name for near in path.parent.iterdir()] if path.parent.is_dir() else []
        raise Fault(f"{source.path} does not exist (looked in {folder})"
                    + (did_you_mean(path.name, beside) or ": correct `path`, which is relative to the recipe."))
    if not path.is_file():
        raise Fault(f"{source.path or folder} is not a file: name one .csv, .jsonl, .json or .parquet file "
                    "for each source.")
    if path.suffix.lower() not in KINDS:
        raise Fault(f"{source.path} is not a kind of file that can be read: use {', '.join(KINDS)} "
                    "or hub:owner/name.")
    return path
