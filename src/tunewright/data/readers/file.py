"""Open a source's file: a regular file only, unpacked as it is read, never to more than it can honestly hold."""

import gzip
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from tunewright.core.errors import Fault

RATIO = 200
"""Most bytes that a byte of a packed file may unpack to. Text packs 3 to 20 times, logs 50; a bomb a thousand times."""

FREE = 64 * 2**20
"""Bytes that any packed file may unpack to, whatever its ratio: a small file of one sentence packs well too."""

_BUFFER = 1 << 20


def bomb(name: str, mend: str) -> Fault:
    """What is told of a file that holds more than its size allows; `mend` is what to do if it is to be trusted."""
    return Fault(f"{name} unpacks to more than {RATIO} times its size, as a bomb does and honest data does not: if you "
                 f"trust it, {mend}.")


def opened(path: Path, name: str) -> IO[bytes]:
    """The file's bytes, unpacked if its ending says it is packed; reading holds a few MB, whatever the file holds.

    Reading raises Fault if it is no packed file of that kind, is cut off, or unpacks to more than `RATIO` times its
    size.
    """
    unpack = PACKED.get(path.suffix.lower())
    if unpack is None:
        return path.open("rb")
    return io.BufferedReader(_Unpacked(unpack, path, name), _BUFFER)


def unpacked(path: Path) -> Path:
    """The name without the ending of a packed file: `a.csv` of `a.csv.gz`."""
    return path.with_suffix("") if path.suffix.lower() in PACKED else path


def _gzip(path: Path) -> io.BufferedIOBase:
    return gzip.open(path)


def _zstd(path: Path) -> Any:
    import pyarrow as pa

    return pa.input_stream(str(path), compression="zstd")


PACKED: dict[str, Callable[[Path], io.BufferedIOBase]] = {".gz": _gzip, ".zst": _zstd}


class _Unpacked(io.RawIOBase):
    """The bytes of a packed file, counted while they are unpacked."""

    def __init__(self, unpack: Callable[[Path], io.BufferedIOBase], path: Path, name: str) -> None:
        self._name = name
        self._most = max(FREE, RATIO * path.stat().st_size)
        self._given = 0
        self._inner = self._guarded(lambda: unpack(path))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._guarded(lambda: self._inner.read(len(buffer)))
        self._given += len(piece)
        if self._given > self._most:
            raise bomb(self._name, "unpack it yourself and name the unpacked file")
        buffer[:len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed and hasattr(self, "_inner"):
            self._inner.close()
        super().close()

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (OSError, EOFError, zlib.error) as error:
            if isinstance(error, OSError) and error.errno:
                raise  # the disk's fault, not the file's
            raise Fault(f"{self._name} cannot be unpacked ({str(error).splitlines()[0].rstrip('. ')}): pack it again, "
                        "or give it its true ending.") from error
