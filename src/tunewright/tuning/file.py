"""Uploaded files: bytes in the store, who may see them in a table.

An upload's object begins with a line of its own, the file's id. So no upload is an object that anything else in the
home holds: to delete one takes nothing from others, even if somebody uploads what a release or another key has.
"""

import json
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from tunewright.core.errors import Fault
from tunewright.core.home import Home
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

    def add(self, content: IO[bytes], *, key: str, name: str) -> File:
        """Keep an upload, read from where it stands. Raises Fault if the store or the database cannot be written."""
        file_id = f"file-{secrets.token_hex(12)}"
        with tempfile.NamedTemporaryFile() as upload:
            upload.write(f"{file_id}\n".encode())
            start = upload.tell()
            shutil.copyfileobj(content, upload)
            upload.flush()
            size, digest = upload.tell() - start, self._home.store.put_file(Path(upload.name))
        made = File(file_id, key, name, PURPOSE, size, digest, int(time.time()))
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
        return self._home.store.get(file.digest).partition(b"\n")[2]

    def lines(self, file: File) -> Iterator[bytes]:
        """The lines, one at a time, and the bytes verified with the last."""
        found = lines(self._home.store.pieces(file.digest))
        next(found)
        yield from found

    def without(self, person: str) -> int:
        """Take the lines away of which any field is `person`; how many files had some."""
        with self._engine.connect() as connection:
            held = list(connection.execute(sa.select(tables.files.c.digest)).scalars())
        changed = 0
        for old in held:
            own, _, content = self._home.store.get(old).partition(b"\n")
            left = b"".join(line for line in content.splitlines(keepends=True) if not _names(line, person))
            if left != content:
                new = self._home.store.put(own + b"\n" + left)
                with self._engine.begin() as connection:
                    connection.execute(tables.files.update().where(tables.files.c.digest == old).values(
                        digest=new, size=len(left)))
                self._home.store.drop(old)
                changed += 1
        return changed

    def delete(self, file: File) -> None:
        """Forget a file, with an entry, and its bytes."""
        with self._engine.begin() as connection:
            connection.execute(tables.files.delete().where(tables.files.c.id == file.id))
        self._home.ledger.append("delete-file", file.id, by=f"key {file.key}" if file.key else "gateway",
                                 why="deleted by whoever uploaded it", data={"object": file.digest})
        self._home.store.drop(file.digest)


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
