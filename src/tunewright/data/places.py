"""Where a record stands: the file and its row there, also in a source of many files whose rows are numbered through."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Places:
    """Of each source its path and, where it has several files, which begins after which of its rows."""

    paths: Sequence[str]
    _ends: dict[int, list[int]] = field(default_factory=dict)
    _files: dict[int, list[str]] = field(default_factory=dict)

    def begins(self, source: int, row: int, file: str | None) -> None:
        """Note that the source's row `row` (from 1) is of `file`; rows come in their order."""
        files = self._files.setdefault(source, [])
        if file is not None and (not files or files[-1] != file):
            files.append(file)
            self._ends.setdefault(source, []).append(row - 1)

    def of(self, source: int, row: int) -> tuple[str, int]:
        """The file of a source's row, and its row there."""
        if not self._files.get(source):
            return self.paths[source], row
        at = bisect_right(self._ends[source], row - 1) - 1
        return self._files[source][at], row - self._ends[source][at]
