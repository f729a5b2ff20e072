"""Uploaded files: bytes in the store, who may see them in a table."""

import json
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.store import Erased
from tunewright.data.provenance import person as form
from tunewright.tuning import tables
from tunewright.tuning.rows import lines

PURPOSE = "fine-tune"
_ID = re.compile(r"file-[0-9a-f]{24}")


@dataclass(frozen=True)
class File:
    """One upload. `key` is the id of the API key that made it; `at` is in seconds since 1970."""

    id: str
    key: str
    name: str
    purpose: str
    size: int
    digest: str
    at: int


class Files:
    """The files of a home. Each is seen by the key that made it, and by no other."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._engine = tables.opened(home)

    def add(self, path: Path, *, key: str, name: str) -> File:
        """Keep an upload. Raises Fault if the store or the database cannot be written."""
        digest = self._home.store.put_file(path)
        made = File(f"file-{secrets.token_hex(12)}", key, name, PURPOSE, path.stat().st_size, digest, int(time.time()))
        with self._engine.begin() as connection:
            connection.execute(tables.files.insert().values(**vars(made)))
        return made

    def get(self, file_id: str, key: str) -> File:
        """Raises Fault if this key has no such file."""
        row = None
        if _ID.fullmatch(file_id):  # what is no id of ours may hold what a database cannot be asked for
            query = sa.select(tables.files).where(tables.files.c.id == file_id, tables.files.c.key == key)
            with self._engine.connect() as connection:
                row = connection.execute(query).first()
        if row is None:
            raise Fault(f"no file is called {file_id[:64]}: list your files, or upload it again.")
        return _file(row)

    def page(self, key: str, cursor: str | None, limit: int, *, oldest: bool = False) -> tuple[list[File], bool]:
        """Files of a key, newest first unless `oldest`, and whether more follow."""
        rows, more = tables.after(self._engine, tables.files, tables.files.c.key == key, cursor, limit, oldest=oldest)
        return [_file(row) for row in rows], more

    def content(self, file: File) -> bytes:
        """The bytes, verified."""
        return self._home.store.get(file.digest)

    def lines(self, file: File) -> Iterator[bytes]:
        """The lines, one at a time, and the bytes verified with the last."""
        return lines(self._home.store.pieces(file.digest))

    def without(self, person: str, entry: int) -> int:
        """Take the lines away of which any field is `person`, for ledger entry `entry`; how many objects had some."""
        with self._engine.connect() as connection:
            held = list(connection.execute(sa.select(tables.files.c.digest).distinct()).scalars())
        changed = 0
        for old in held:
            content = self._home.store.get(old)
            left = b"".join(line for line in content.splitlines(keepends=True) if not _names(line, person))
            if left != content:
                new = self._home.store.put(left)
                with self._engine.begin() as connection:
                    connection.execute(tables.files.update().where(tables.files.c.digest == old).values(
                        digest=new, size=len(left)))
                self._home.store.erase(old, Erased(entry, new))
                changed += 1
        return changed

    def delete(self, file: File) -> None:
        """Forget a file. Its bytes are erased from the store, with an entry, unless another upload holds the same."""
        with self._engine.begin() as connection:
            connection.execute(tables.files.delete().where(tables.files.c.id == file.id))
            others = connection.execute(sa.select(sa.func.count()).where(tables.files.c.digest == file.digest)).scalar()
        if not others:
            entry = self._home.ledger.append("delete-file", file.id, by=f"key {file.key}" if file.key else "gateway",
                                             why="deleted by whoever uploaded it", data={"object": file.digest})
            self._home.store.erase(file.digest, Erased(entry.number, self._home.store.put(b"")))


def _names(line: bytes, person: str) -> bool:
    """Whether a field of a line, at its top, is that person."""
    if person.encode() not in line:
        return False
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return True  # what cannot be read is not kept either
    return isinstance(value, dict) and any(form(part) == person for part in value.values()
                                           if isinstance(part, str | int))


def _file(row: sa.Row[tuple[object, ...]]) -> File:
    kept = row._asdict()
    del kept["number"]
    return File(**kept)
