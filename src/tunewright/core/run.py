"""A run: the directory of one execution, and the cache that makes running again free."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tunewright.core.digest import digest_json
from tunewright.core.home import Home
from tunewright.core.records import Record

R = TypeVar("R", bound=Record)
Say = Callable[[str, str], None]


def silent(stage: str, text: str) -> None:
    """Say nothing: the default for callers that print nothing."""


@dataclass
class Run:
    """One execution. `say(stage, text)` tells a person; `progress` may redraw a line; `fresh` lists stages worked.

    With `strict`, a source of which any record cannot be used is refused whole.
    """

    home: Home
    folder: Path
    by: str
    say: Say = silent
    progress: Say = silent
    fresh: list[str] = field(default_factory=list)
    strict: bool = False

    @property
    def number(self) -> str:
        """The run's four-digit number."""
        return self.folder.name

    def room(self, name: str) -> Path:
        """A folder of this run for one stage, made if missing."""
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def cached(self, stage: str, version: int, inputs: object, kind: type[R], make: Callable[[], R],
               holds: Callable[[R], bool] = lambda _: True) -> R:
        """The record of `stage` for these `inputs` (JSON values): from the cache, else made, stored and cached.

        One of which `holds` says no, because time or a person has overtaken it, is made again.
        """
        key = digest_json({"stage": stage, "version": version, "inputs": inputs})
        path = self.home.cache / f"{stage}-{key[:32]}"
        if path.exists():
            digest = path.read_text().strip()
            if len(digest) == 64 and self.home.store.has(digest):  # else torn: make it again
                kept = kind.model_validate(self.home.store.get_json(digest))
                if holds(kept):
                    return kept
        record = make()
        self.fresh.append(stage)
        write_atomically(path, self.home.store.put_record(record))
        return record


def write_atomically(path: Path, text: str) -> None:
    """Write `text` beside `path` and rename it into place: a reader sees the old or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}")  # not mkstemp, which lets only its owner read
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def start(home: Home, by: str, say: Say = silent, progress: Say = silent) -> Run:
    """A new run in the next free numbered folder. Two starting at once get two numbers."""
    home.runs.mkdir(parents=True, exist_ok=True)
    number = max((int(path.name) for path in home.runs.iterdir() if path.name.isdigit()), default=0)
    while True:
        number += 1
        folder = home.runs / f"{number:04d}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        (folder / "run.json").write_text(json.dumps({"by": by}))
        return Run(home, folder, by, say, progress)
