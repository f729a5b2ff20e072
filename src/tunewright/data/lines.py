"""Files of JSON lines beside the parts, cut like them by what they hold, so that a grown dataset shares most of them.

`removed.jsonl` is one file where lines are few, else `removed-0001.jsonl` and so on.
"""

import json
import re
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from zlib import crc32

from tunewright.core.store import Store

LEAST, USUAL, MOST = 64, 128, 512
"""Lines of a file: the fewest; then one in `USUAL` ends it, which its checksum decides; and the most."""
SIZE = 4 * 2**20
"""Characters after which a file ends all the same: a refused record may be long."""


class Lines:
    """Writes `name-0001.jsonl` and so on below `folder`, as ASCII lines; a single file is called `name.jsonl`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._files = 0
        self._lines = self._size = 0
        self._stream: IO[str] | None = None

    def __enter__(self) -> "Lines":
        return self

    def add(self, line: str) -> None:
        """Write one line; it ends with its line break."""
        if self._stream is None:
            self._files, self._lines, self._size = self._files + 1, 0, 0
            self._stream = self._path(self._files).open("w", encoding="ascii")
        self._stream.write(line)
        self._lines, self._size = self._lines + 1, self._size + len(line)
        chosen = self._lines >= LEAST and crc32(line.encode()) % USUAL == 0
        if chosen or self._lines == MOST or self._size > SIZE:
            self._end()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._end()
        whole = self._folder / f"{self._name}.jsonl"
        if self._files == 1:
            self._path(1).rename(whole)
        elif not self._files:
            whole.touch()

    def _end(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._name}-{number:04d}.jsonl"


def first(store: Store, manifest: Mapping[str, str], name: str, most: int) -> list[Any]:
    """The first lines of `name`, at most so many, as JSON values."""
    lines = (line for digest in files_of(manifest, name) for line in store.get(digest).splitlines())
    return list(map(json.loads, islice(lines, most)))


def files_of(manifest: Mapping[str, str], name: str) -> list[str]:
    """The digests of the files of lines that are called `name`, in their order."""
    named = sorted((one for one in manifest if re.fullmatch(rf"{name}(-\d+)?\.jsonl", one)),
                   key=lambda one: (len(one), one))
    return [manifest[one] for one in named]
