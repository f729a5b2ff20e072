"""Checkpoints: all that a training run is, so that a resumed run ends in the same bytes as one never stopped.

A checkpoint is a folder of safetensors and JSON (no pickle) and a manifest with the digest of every file. The
manifest is renamed into place last: without it, or with a file that differs, the checkpoint is torn, and the one
before it counts. Importing this loads no torch.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tunewright.core.digest import digest_file, digest_json
from tunewright.core.errors import Fault
from tunewright.core.run import write_atomically

_KEEP = 2  # the last, and the one before it in case the last is torn
Tensors = dict[str, Any]


@dataclass
class Course:
    """Where a training run is. The data cursor and the schedule are functions of `step`, so they need nothing else."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best: float | None = None
    best_step: int = 0
    stale: int = 0
    scaler: dict[str, Any] | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Checkpoint:
    """What is kept of a step: the course, trainable weights now and at the best validation, optimizer and RNG."""

    course: Course
    weights: Tensors
    best: Tensors
    optimizer: Tensors
    random: Tensors


class Shelf:
    """The checkpoints of one training run, named by the digest of its inputs."""

    def __init__(self, path: Path, inputs: dict[str, Any]) -> None:
        self.path = path
        self.inputs = {name: digest_json(value) for name, value in inputs.items()}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from training the same thing at once. The lock dies with its process."""
        import fcntl

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "lock").open("w")
        except OSError as error:
            raise Fault(f"checkpoints cannot be kept in {self.path} ({error.strerror}): "
                        "set TUNEWRIGHT_HOME to a folder you may write.") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Fault("another process is training this very model: wait for it; "
                            "the same command will then find it done.") from error
            yield

    def save(self, checkpoint: Checkpoint) -> None:
        """Keep `checkpoint`, then drop all but the last two. Raises Fault if the disk cannot take it."""
        from safetensors import SafetensorError

        folder = self.path / f"{checkpoint.course.step:08d}"
        try:
            self._write(folder, checkpoint)
        except (OSError, SafetensorError) as error:  # a full disk is the latter while tensors are written
            shutil.rmtree(folder, ignore_errors=True)
            reason = getattr(error, "strerror", None) or error
            raise Fault(f"a checkpoint cannot be written to {self.path} ({reason}): free room there "
                        "and run again; it goes on from the checkpoint before.") from error
        for old in self._folders()[_KEEP:]:
            shutil.rmtree(old)

    def _write(self, folder: Path, checkpoint: Checkpoint) -> None:
        from safetensors.torch import save_file

        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        parts = {"weights": checkpoint.weights, "optimizer": checkpoint.optimizer, "random": checkpoint.random}
        if checkpoint.course.best_step not in (0, checkpoint.course.step):  # else the best weights are these weights
            parts["best"] = checkpoint.best
        for name, tensors in parts.items():
            save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, folder / f"{name}.safetensors")
        (folder / "course.json").write_text(json.dumps(asdict(checkpoint.course)))
        files = {path.name: digest_file(path) for path in folder.iterdir()}
        write_atomically(folder / "manifest.json", json.dumps({"inputs": self.inputs, "files": files}))

    def load(self) -> Checkpoint | None:
        """The last checkpoint that is whole; None if there is none. Torn ones are removed.

        Raises Fault if a checkpoint belongs to other data, base or spec than this run's.
        """
        for folder in self._folders():
            if self._whole(folder):
                return self._read(folder)
            shutil.rmtree(folder)
        return None

    def _folders(self) -> list[Path]:
        """Checkpoint folders, the last step first."""
        return sorted((path for path in self.path.glob("*") if path.name.isdigit()), reverse=True)

    def _whole(self, folder: Path) -> bool:
        try:
            manifest = json.loads((folder / "manifest.json").read_text())
            if any(digest_file(folder / name) != digest for name, digest in manifest["files"].items()):
                return False
        except (OSError, ValueError, KeyError, AttributeError):
            return False
        changed = sorted(name for name in self.inputs if manifest["inputs"].get(name) != self.inputs[name])
        if changed:
            raise Fault(f"the checkpoint in {folder} was made with another {' and '.join(changed)}: "
                        f"put the old one back to go on, or delete {self.path} to start afresh.")
        return True

    def _read(self, folder: Path) -> Checkpoint:
        from safetensors.torch import load_file

        course = Course(**json.loads((folder / "course.json").read_text()))
        parts = {path.stem: load_file(path) for path in folder.glob("*.safetensors")}
        best = parts.get("best", parts["weights"] if course.best_step else {})
        return Checkpoint(course, parts["weights"], best, parts["optimizer"], parts["random"])

    def clear(self) -> None:
        """Remove all checkpoints: the model they led to is in the store."""
        if self.path.exists():
            shutil.rmtree(self.path, ignore_errors=True)
