"""The files that a source's path names: one, all of a folder, or those that a pattern such as `data/*.jsonl` matches.

What a recipe names is followed wherever it leads, as the recipe's reader can see where. What merely lies in a folder
is not: a link in it that leads out of it is refused, so that nobody who may put a file there can have another read.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from tunewright.core.errors import Fault
from tunewright.data.nearest import did_you_mean
from tunewright.data.readers.file import PACKED, unpacked

_WILD = frozenset("*?[")


@dataclass(frozen=True)
class File:
    """One file of a source: where it lies, and what people call it."""

    path: Path
    name: str

    @property
    def kind(self) -> str:
        """The ending that says how it is read: `.csv` for `a.csv` and `a.csv.gz`."""
        return unpacked(self.path).suffix.lower()


def files(path: str, folder: Path, kinds: Container[str]) -> tuple[File, ...]:
    """The files that `path` names, in the order of their names; `kinds` are the endings that can be read.

    Raises Fault if there is none, one is of another kind or no regular file, or a link leads out of the folder.
    """
    try:
        return _files(path, folder, kinds)
    except RuntimeError as error:  # what Path.resolve says of a circle before Python 3.13
        raise Fault(f"{path} leads in a circle of links: mend the links.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Fault(f"{path} cannot be looked up ({reason}): mend `path`.") from error


def _files(path: str, folder: Path, kinds: Container[str]) -> tuple[File, ...]:
    at = folder / Path(path).expanduser()
    if at.is_file():
        return (_readable(File(at, path), kinds),)
    if at.is_dir():
        inside = [file for file in _inside(at, path, "*") if file.kind in kinds and not _packed_twice(file)]
        if not inside:
            raise Fault(f"{path or folder} is a folder in which no file can be read: name a folder with "
                        ".csv, .jsonl, .json or .parquet files.")
        return tuple(_readable(file, kinds) for file in inside)
    if at.is_symlink() and not at.exists():
        at.resolve(strict=True)  # says why: a circle, or nothing at its end
    if at.exists():
        raise Fault(f"{path} is not a file: a pipe or device has no digest, so save what it gives in one first.")
    if _WILD & set(path):
        return _matching(path, folder, kinds)
    beside = [near.name for near in at.parent.iterdir()] if at.parent.is_dir() else []
    raise Fault(f"{path} does not exist (looked in {folder})"
                + (did_you_mean(at.name, beside) or ": correct `path`, which is relative to the recipe."))


def _matching(path: str, folder: Path, kinds: Container[str]) -> tuple[File, ...]:
    """The files of a pattern. Everything before its first wildcard is the folder that they must lie in."""
    parts = Path(path).expanduser().parts
    wild = next(number for number, part in enumerate(parts) if _WILD & set(part))
    if ".." in parts[wild:]:
        raise Fault(f"{path} has `..` behind a wildcard: name the folder first and the pattern last.")
    root = Path(*parts[:wild])
    found = list(_inside(folder / root, root.as_posix(), "/".join(parts[wild:])))
    if not found:
        raise Fault(f"{path} matches no file (looked in {folder}): correct `path`, which is relative to the recipe.")
    return tuple(_readable(file, kinds) for file in found)


def _inside(root: Path, name: str, pattern: str) -> Iterator[File]:
    """The files below `root` that match, hidden ones left out. Fault for a link that leads out of it."""
    home = root.resolve()
    for path in sorted(root.glob(pattern)):
        inside = path.relative_to(root)
        if path.is_dir() or any(part.startswith(".") for part in inside.parts):
            continue
        shown = inside.as_posix() if name in ("", ".") else f"{name.rstrip('/')}/{inside.as_posix()}"
        if not path.resolve().is_relative_to(home):
            raise Fault(f"{shown} is a link that leads out of {name or 'the folder'}: copy what it leads to, or name "
                        "that file as a source of its own.")
        yield File(path, shown)


def _readable(file: File, kinds: Container[str]) -> File:
    if _packed_twice(file):
        raise Fault(f"{file.name}: Parquet is packed inside, and is read where it lies: unpack it once.")
    if file.kind not in kinds:
        raise Fault(f"{file.name} is not a kind of file that can be read: use .csv, .jsonl, .json (each also as "
                    f"{' or '.join(PACKED)}), .parquet or hub:owner/name.")
    if not file.path.is_file():
        raise Fault(f"{file.name} is not a file: a pipe or device has no digest, so save what it gives in one first.")
    return file


def _packed_twice(file: File) -> bool:
    return file.kind == ".parquet" and file.path != unpacked(file.path)
