"""Where state lives: `.tunewright/`, found upward like `.git`, or the folder that TUNEWRIGHT_HOME names."""

import errno
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tunewright.core.errors import Fault
from tunewright.core.ledger import Ledger
from tunewright.core.store import Store

FOLDER = ".tunewright"


@dataclass(frozen=True)
class Home:
    """The state folder, its store and its ledger. TUNEWRIGHT_STORE and TUNEWRIGHT_LEDGER may point elsewhere."""

    path: Path

    @cached_property
    def store(self) -> Store:
        """Objects by digest: a folder in this home, or the fsspec URL in TUNEWRIGHT_STORE."""
        return Store(os.environ.get("TUNEWRIGHT_STORE") or str(self.path / "store"))

    @cached_property
    def ledger(self) -> Ledger:
        """The chain of entries: SQLite in this home, or the database URL in TUNEWRIGHT_LEDGER."""
        return Ledger(os.environ.get("TUNEWRIGHT_LEDGER") or f"sqlite:///{self.path / 'ledger.sqlite'}")

    @property
    def runs(self) -> Path:
        """One numbered folder per execution."""
        return self.path / "runs"

    @property
    def cache(self) -> Path:
        """Stage results: one small file per key, holding the digest of the record."""
        return self.path / "cache"


def find_home(start: Path | None = None, *, create: bool = False, named: Path | str | None = None) -> Home:
    """The home that `named` or TUNEWRIGHT_HOME names, else the one in `start` or a folder above it.

    With `create` a missing one is made (in `start`). Raises Fault if there is none, or it cannot be written.
    """
    start = (start or Path.cwd()).resolve()
    named = named or os.environ.get("TUNEWRIGHT_HOME")
    if named:
        path = Path(named).expanduser().resolve()
    else:
        above = (folder / FOLDER for folder in (start, *start.parents))
        path = next((folder for folder in above if folder.is_dir()), start / FOLDER)
    if not path.is_dir():
        if not create:
            raise Fault(f"no {FOLDER} folder in {start} or above: run `tunewright run RECIPE` here first, "
                        "or set TUNEWRIGHT_HOME.")
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise Fault(f"{path} cannot be made ({error.strerror}): set TUNEWRIGHT_HOME to a folder "
                        "you may write.") from error
    if create and not _writable(path):
        raise Fault(f"{path} is read-only: set TUNEWRIGHT_HOME to a folder you may write.")
    return Home(path)


def _writable(path: Path) -> bool:
    """Whether a folder can be made in it; root has every right, yet /proc and the like take nothing."""
    if not os.access(path, os.W_OK):
        return False
    try:
        (path / "runs").mkdir(exist_ok=True)
    except OSError as error:
        return error.errno == errno.ENOSPC  # told by whoever writes next, with its size
    return True
