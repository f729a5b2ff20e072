"""Datasets on the Hugging Face hub, by `hub:owner/name`, through the optional library `datasets`.

A dataset is pinned to a commit before it is read, so that its digest means something later. No code of a dataset
is run: `datasets` 4 and later has no loading scripts.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.data.readers.table import Row, Table
from tunewright.recipe import SourceSpec

PREFIX = "hub:"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"(?!\.)[\w.-]+(/(?!\.)[\w.-]+)?", re.ASCII)


def commit(source: SourceSpec) -> str:
    """The commit that `source` means: its `revision` if that is one, else what the hub answers.

    Raises Fault if the hub cannot be asked or does not know the dataset.
    """
    name = _name(source)
    if source.revision and _COMMIT.fullmatch(source.revision):
        return source.revision
    try:
        from huggingface_hub import HfApi
    except ImportError as error:
        raise _missing(source) from error
    try:
        return str(HfApi().dataset_info(name, revision=source.revision, timeout=10).sha)
    except Exception as error:
        raise Fault(f"{source.path} cannot be looked up on the hub ({_first(error)}): check its name and the network, "
                    "or pin `revision` to a full commit that is in the local cache.") from error


def read(source: SourceSpec, commit: str) -> Table:
    """The rows of one split of a hub dataset at `commit`. Raises Fault if `datasets` is missing or cannot get it."""
    name = _name(source)
    try:
        import datasets
    except ImportError as error:
        raise _missing(source) from error
    datasets.disable_progress_bars()
    try:
        loaded = datasets.load_dataset(name, source.subset, split=source.hub_split, revision=commit)
    except Exception as error:
        raise Fault(f"{source.path} cannot be loaded ({_first(error)}): check `subset`, `hub_split` and the "
                    "network.") from error
    return table(loaded, source.path)


def table(loaded: Any, name: str) -> Table:
    """The rows of a `datasets.Dataset`."""
    return Table(name, tuple(loaded.column_names), _rows(loaded))


def _rows(loaded: Any) -> Iterator[Row]:
    yield from (Row(number, fields) for number, fields in enumerate(loaded, 1))


def _name(source: SourceSpec) -> str:
    """The dataset's name. Fault if `datasets` would read a folder of this machine by it instead."""
    name = source.path.removeprefix(PREFIX)
    if not _NAME.fullmatch(name):
        raise Fault(f"{source.path} is no name on the hub: write hub:owner/name.")
    if Path(name).exists():
        raise Fault(f"{source.path}: a folder {name} lies here and would be read in the hub's place: run from "
                    "another folder, or name its files.")
    return name


def _missing(source: SourceSpec) -> Fault:
    return Fault(f"{source.path} is on the hub, and the library `datasets` is not installed: "
                 "`pip install 'tunewright[hub]'`.")


def _first(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(". ") if str(error) else type(error).__name__
