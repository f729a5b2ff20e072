"""The content-addressed store: digest → bytes, in a local folder or at any fsspec URL.

An object is written to a temporary name and renamed, so that a reader sees all of it or nothing. A folder is a
manifest (JSON: path → digest), written after every file it names. What is read is checked against its digest.

An object may be erased, because a person withdrew: then a marker at `erased/abcdef…` says by which ledger entry, and
which object holds what is left of it.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import fsspec

from tunewright.core.digest import canonical, digest_bytes, digest_file
from tunewright.core.errors import Corrupt, Fault
from tunewright.core.records import Record

_PIECE = 1 << 20


@dataclass(frozen=True)
class Erased:
    """Why an object is no longer kept: the ledger entry that says so, and the object that holds what is left."""

    entry: int
    instead: str


class Store:
    """Objects under `url`, at `objects/ab/cdef…`. Safe for many writers: equal names hold equal bytes."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._files, root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError, OSError) as error:
            raise Fault(f"the store URL {url} is not usable ({error}): mend TUNEWRIGHT_STORE, or leave it out to keep "
                        "objects in a folder.") from error
        self._root = f"{root.rstrip('/')}/objects"
        self._gone = f"{root.rstrip('/')}/erased"

    def _path(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest[2:]}"

    def put(self, content: bytes) -> str:
        """Keep `content`; return its digest. Raises Fault if it cannot be written (full disk, read-only)."""
        digest = digest_bytes(content)
        self._place(digest, len(content), lambda temporary: self._files.pipe_file(temporary, content))
        return digest

    def put_file(self, path: Path) -> str:
        """Keep a file's bytes without holding them in memory; return their digest. Raises Fault as `put` does."""
        digest = digest_file(path)
        self._place(digest, path.stat().st_size, lambda temporary: self._files.put_file(str(path), temporary))
        return digest

    def _place(self, digest: str, size: int, write: Callable[[str], object]) -> None:
        path = self._path(digest)
        if self._files.exists(path) and self._files.size(path) == size:  # a torn object is written anew
            return
        temporary = f"{self._root}/{digest[:2]}/.{uuid.uuid4().hex}"
        try:
            self._files.makedirs(f"{self._root}/{digest[:2]}", exist_ok=True)
            write(temporary)
            self._files.mv(temporary, path)
        except OSError as error:
            with suppress(OSError):
                self._files.rm_file(temporary)
            raise Fault(f"the store {self.url} cannot take {size:,} bytes ({error.strerror or error}): "
                        "free room there or point TUNEWRIGHT_STORE elsewhere.") from error

    def get(self, digest: str) -> bytes:
        """The bytes of `digest`, verified. Raises Fault if absent, Corrupt if changed."""
        return b"".join(self.pieces(digest))

    def get_file(self, digest: str, path: Path) -> None:
        """Write the bytes of `digest` to `path`, verified, by rename. Raises Fault if absent, Corrupt if changed."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{uuid.uuid4().hex}")
        try:
            with temporary.open("wb") as stream:
                stream.writelines(self.pieces(digest))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def pieces(self, digest: str) -> Iterator[bytes]:
        """The bytes of `digest` in pieces of 1 MiB. Raises Fault if absent, Corrupt after the last if changed."""
        state = hashlib.sha256()
        try:
            with self._files.open(self._path(digest), "rb") as stream:
                while piece := stream.read(_PIECE):
                    state.update(piece)
                    yield piece
        except FileNotFoundError as error:
            erased = self.erased(digest)
            if erased:
                raise Fault(f"object {digest} was erased by ledger entry {erased.entry}; what is left of it is object "
                            f"{erased.instead}.") from error
            raise Fault(f"object {digest} is not in the store {self.url}: "
                        "run the recipe again or restore the store.") from error
        if state.hexdigest() != digest:
            raise Corrupt(f"object {digest} in the store {self.url} was changed: restore it from a copy.")

    def has(self, digest: str) -> bool:
        """Whether an object of that digest is kept (its bytes are not read)."""
        return bool(self._files.exists(self._path(digest)))

    def erase(self, digest: str, erased: Erased) -> None:
        """Take an object's bytes away and leave a marker. Done twice, it is done once. Raises Fault as `put` does."""
        try:
            self._files.makedirs(self._gone, exist_ok=True)
            self._files.pipe_file(f"{self._gone}/{digest}", canonical(asdict(erased)))
            with suppress(FileNotFoundError):
                self._files.rm_file(self._path(digest))
        except OSError as error:
            raise Fault(f"object {digest} in the store {self.url} cannot be erased ({error.strerror or error}): mend "
                        "the store's rights and withdraw again.") from error

    def drop(self, digest: str) -> None:
        """Take an object away whose time is over, and which nothing but the ledger's own entries names.

        Done twice, it is done once. Raises Fault if it cannot be.
        """
        try:
            with suppress(FileNotFoundError):
                self._files.rm_file(self._path(digest))
        except OSError as error:
            raise Fault(f"object {digest} in the store {self.url} cannot be dropped ({error.strerror or error}): mend "
                        "the store's rights.") from error

    def erased(self, digest: str) -> Erased | None:
        """What the marker of an erased object says, or None if there is none. Raises Corrupt if it cannot be read."""
        try:
            content = self._files.cat_file(f"{self._gone}/{digest}")
        except FileNotFoundError:
            return None
        try:
            return Erased(**json.loads(content))
        except (ValueError, TypeError) as error:
            raise Corrupt(f"the marker of the erased object {digest} in the store {self.url} was changed: restore it "
                          "from a copy.") from error

    def all_erased(self) -> frozenset[str]:
        """The digests of all erased objects."""
        try:
            return frozenset(path.rsplit("/", 1)[-1] for path in self._files.ls(self._gone, detail=False))
        except FileNotFoundError:
            return frozenset()

    def beginnings(self, size: int) -> Iterator[tuple[str, bytes]]:
        """Every digest with the first `size` bytes of its object, unverified: enough to tell what it may be."""
        digests = sorted(self.digests())
        read = self._files.cat_ranges([self._path(digest) for digest in digests], 0, size)
        yield from ((digest, start) for digest, start in zip(digests, read, strict=True) if isinstance(start, bytes))

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
        manifest = {path.relative_to(folder).as_posix(): self.put_file(path) for path in files}
        return self.put(canonical({"folder": manifest}))

    def folder(self, digest: str) -> dict[str, str]:
        """The manifest of a kept folder: path → digest. For an erased file, the digest is of what is left of it."""
        manifest: dict[str, str] = json.loads(self.get(digest))["folder"]
        gone = self.all_erased()
        return {path: self._left(kept) if kept in gone else kept for path, kept in manifest.items()}

    def _left(self, digest: str) -> str:
        """What is left of an object after every erasure."""
        while erased := self.erased(digest):
            digest = erased.instead
        return digest

    def get_folder(self, digest: str, into: Path) -> Path:
        """Write a kept folder's files below `into` (made if missing), each verified; return `into`."""
        for name, content in self.folder(digest).items():
            path = into / name
            if not path.resolve().is_relative_to(into.resolve()):
                raise Corrupt(f"folder {digest} names a file outside itself ({name}).")
            self.get_file(content, path)
        return into

    def verify(self) -> Iterator[str]:
        """One sentence for each object whose bytes do not match its digest."""
        for digest in self.digests():
            try:
                for _ in self.pieces(digest):
                    pass
            except Fault as fault:
                yield str(fault)
