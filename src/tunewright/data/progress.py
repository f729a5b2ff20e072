"""How far the reading of the sources is: records, records a second, and about how long the rest will take."""

import time
from pathlib import Path

import pyarrow.parquet as pq

from tunewright.core.run import Run
from tunewright.core.span import span
from tunewright.data.readers import KINDS
from tunewright.data.readers.folder import File, files
from tunewright.recipe import DataSpec

_PIECE = 1 << 20


class Progress:
    """One reading of all sources."""

    def __init__(self, spec: DataSpec, folder: Path, run: Run) -> None:
        self._paths = [source.path for source in spec.sources]
        self._expected = expected(spec, folder)
        self._run = run
        self._began = time.monotonic()

    def tell(self, source: int, rows: list[int]) -> None:
        """Tell how far it is, when so many `rows` of each source are prepared and those of `source` came last."""
        done = sum(rows)
        rate = done / max(time.monotonic() - self._began, 1e-9)
        text = f"{self._paths[source]}: {done:,} records · {rate:,.0f} a second"
        if self._expected and self._expected > done:
            text += f" · about {span((self._expected - done) / rate)} left"
        self._run.progress("data", text)


def expected(spec: DataSpec, folder: Path) -> int | None:
    """About how many records the sources hold: lines of text files, rows of Parquet. None if only reading can tell.

    It may err where quoted fields hold line breaks.
    """
    total = 0
    for source in spec.sources:
        if source.kind != "file" or source.path.startswith("hub:"):
            return None
        held = [_records(file) for file in files(source.path, folder, KINDS)]
        known = [number for number in held if number is not None]
        if len(known) < len(held):
            return None
        total += min(sum(known), source.rows or sum(known))
    return total


def _records(file: File) -> int | None:
    if file.path.suffix == ".parquet":
        return int(pq.read_metadata(file.path).num_rows)
    if file.path.suffix not in (".csv", ".jsonl"):
        return None
    with file.path.open("rb") as stream:
        lines = 0
        while piece := stream.read(_PIECE):
            lines += piece.count(b"\n")
    return lines
