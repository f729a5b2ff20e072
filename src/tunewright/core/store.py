"""The content-addressed store: digest → bytes, in a local folder or at any fsspec URL.

An object is written to a temporary name and renamed, so that a reader sees all of it or nothing. A folder is a
manifest (JSON: path → digest), written after every file it names. What is read is checked against its digest.
"""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec

from tunewright.core.digest import canonical, digest_bytes
from tunewright.core.errors import Corrupt, Fault
from tunewright.core.records import Record


class Store:
    """Objects under `url`, at `objects/ab/cdef…`. Safe for many writers: equal names hold equal bytes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._files, root = fsspec.core.url_to_fs(url)
        self._root = f"{root.rstrip('/')}/objects"

    def _path(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest[2:]}"

    def put(self, content: bytes) -> str:
        """Keep `content`; return its digest. Raises Fault if it cannot be written (full disk, read-only)."""
        digest = digest_bytes(content)
        path = self._path(digest)
        if self._files.exists(path):
            return digest
        temporary = f"{self._root}/{digest[:2]}/.{uuid.uuid4().hex}"
        try:
            self._files.makedirs(f"{self._root}/{digest[:2]}", exist_ok=True)
            self._files.pipe_file(temporary, content)
            self._files.mv(temporary, path)
        except OSError as error:
            if self._files.exists(temporary):
                self._files.rm_file(temporary)
            raise Fault(f"the store {self.url} cannot take {len(content):,} bytes ({error.strerror or error}): "
                        "free room there or point TUNEWRIGHT_STORE elsewhere.") from error
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of `digest`, verified. Raises Fault if absent, Corrupt if changed."""
        try:
            content: bytes = self._files.cat_file(self._path(digest))
        except FileNotFoundError as error:
            raise Fault(f"object {digest} is not in the store {self.url}: "
                        "run the recipe again or restore the store.") from error
        if digest_bytes(content) != digest:
            raise Corrupt(f"object {digest} in the store {self.url} was changed: restore it from a copy.")
        return content

    def has(self, digest: str) -> bool:
        """Whether an object of that digest is kept (its bytes are not read)."""
        return bool(self._files.exists(self._path(digest)))

    def digests(self) -> Iterator[str]:
        """Every digest kept, in no order."""
        if not self._files.exists(self._root):
            return
        for path in self._files.find(self._root):
            head, tail = path.rsplit("/", 2)[-2:]
            if not tail.startswith("."):
                yield head + tail

    def find(self, prefix: str) -> list[str]:
        """The digests that begin with `prefix` (at least four digits), sorted."""
        return sorted(digest for digest in self.digests() if digest.startswith(prefix))

    def put_record(self, record: Record) -> str:
        """Keep a record's canonical JSON; return its digest."""
        return self.put(record.content())

    def get_json(self, digest: str) -> dict[str, object]:
        """The JSON object kept under `digest`."""
        value: dict[str, object] = json.loads(self.get(digest))
        return value

    def put_folder(self, folder: Path) -> str:
        """Keep every file below `folder`; return the digest of the manifest, which is written last."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        manifest = {path.relative_to(folder).as_posix(): self.put(path.read_bytes()) for path in files}
        return self.put(canonical({"folder": manifest}))

    def folder(self, digest: str) -> dict[str, str]:
        """The manifest of a kept folder: path → digest."""
        manifest: dict[str, str] = json.loads(self.get(digest))["folder"]
        return manifest

    def get_folder(self, digest: str, into: Path) -> Path:
        """Write a kept folder's files below `into` (made if missing), each verified; return `into`."""
        for name, content in self.folder(digest).items():
            path = into / name
            if not path.resolve().is_relative_to(into.resolve()):
                raise Corrupt(f"folder {digest} names a file outside itself ({name}).")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.get(content))
        return into

    def verify(self) -> Iterator[str]:
        """One sentence for each object whose bytes do not match its digest."""
        for digest in self.digests():
            try:
                self.get(digest)
            except Fault as fault:
                yield str(fault)
