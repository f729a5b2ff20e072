"""Phases in a row: what a phase starts from, and how its result joins what was learned before.

A phase trains on whole weights into which everything before is folded, so every method and objective works on it as
on a base. An adapter it leaves is then worth nothing without those weights; so the adapters of all phases are joined
into one over the declared base (`stack`: s₁·B₁A₁ + s₂·B₂A₂ is one product of summed rank), or all is folded into a
whole model (`merge`).
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.base import Base
from tunewright.core.errors import Fault
from tunewright.core.records import Model
from tunewright.core.store import Store
from tunewright.engine.own import CONFIG, SETTINGS, WEIGHTS
from tunewright.recipe import PhaseSpec

if TYPE_CHECKING:
    from torch import Tensor

FOLDED = frozenset({"full", "lora", "qlora", "ia3", "bitfit", "hybrid"})
"""Methods whose result can be written into the base's own weights."""


@dataclass(frozen=True)
class Start:
    """What a phase starts from: the declared base, the model of the phase before it, the reward model to learn from.

    `stack` says that the phase's adapter joins the one before in one adapter over the base; else all is merged.
    """

    base: Base
    before: Model | None = None
    judge: Model | None = None
    stack: bool = False

    @property
    def after(self) -> str | None:
        """Digest of the model before."""
        return self.before.digest if self.before else None

    @property
    def judged(self) -> str | None:
        """Digest of the reward model."""
        return self.judge.digest if self.judge else None


def stacks(phase: PhaseSpec, chain: Sequence[PhaseSpec], before: Model | None) -> bool:
    """Whether `phase` leaves one adapter with all of `chain` before it. Raises Fault where the recipe asks too much."""
    if before is None:
        return False
    for one in (*chain, phase):
        if one.method not in FOLDED or one.added:
            what = "bitfit with added biases" if one.added else one.method
            raise Fault(f"train: method {what} cannot be folded into weights, so no other phase can stand before "
                        f"or after it: use {', '.join(sorted(FOLDED))} in a recipe of several phases.")
    possible = before.adapter and all(one.method == "lora" and not one.dora for one in (*chain, phase))
    if phase.join == "stack" and not possible:
        raise Fault("train: `join: stack` makes one adapter of plain lora phases only, and a phase up to here is "
                    "something else or was merged: leave `join` out, or set `join: merge`.")
    return possible and phase.join != "merge"


@contextmanager
def opened(start: Start, store: Store) -> Iterator[Base]:
    """The weights that the phase trains on: the declared base, or a folder with the model before folded into it."""
    if start.before is None:
        yield start.base
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = store.get_folder(start.before.files, Path(temporary) / "model")
        if start.before.adapter:
            folder = fold(start.base, folder, Path(temporary) / "whole")
        spec = start.base.spec.model_copy(update={"weights": "pretrained"})
        yield replace(start.base, path=folder, digest=start.before.digest, spec=spec)


def fold(base: Base, adapter: Path, into: Path) -> Path:
    """Write `base` with the adapter folded into its weights, and its tokenizer, into `into`; return that."""
    from tunewright.train import merge

    merge.fold(base, adapter, into)
    return into


def finish(folder: Path, start: Start, trained_on: Base, store: Store) -> None:
    """Make of the adapter in `folder`, which fits `trained_on` only, what the recipe wants. Whole models stay."""
    if start.before is None or not (folder / WEIGHTS).exists():
        return
    with tempfile.TemporaryDirectory() as temporary:
        if start.stack:
            _stack(store.get_folder(start.before.files, Path(temporary)), folder)
            return
        whole = fold(trained_on, folder, Path(temporary))
        for name in (CONFIG, WEIGHTS, SETTINGS):
            (folder / name).unlink(missing_ok=True)
        for file in whole.iterdir():
            file.rename(folder / file.name)


def _stack(before: Path, folder: Path) -> None:
    """Put both adapters into `folder` as one: of every layer the A's below each other and the B's side by side."""
    import torch
    from safetensors.torch import load_file, save_file

    configs = [json.loads((path / CONFIG).read_text()) for path in (before, folder)]
    ranks = [config["r"] for config in configs]
    parts = [load_file(path / WEIGHTS) for path in (before, folder)]
    joined: dict[str, Tensor] = {}
    for key in sorted(set(parts[0]) | set(parts[1])):
        rows = key.endswith("lora_A.weight")
        known = next(part[key] for part in parts if key in part)
        pieces = [part.get(key, _nothing(known, rank, rows)) * (1.0 if rows else _scale(config))
                  for part, rank, config in zip(parts, ranks, configs, strict=True)]
        joined[key] = torch.cat(pieces, 0 if rows else 1).contiguous()
    save_file(joined, folder / WEIGHTS, {"format": "pt"})
    targets = sorted({*configs[0]["target_modules"], *configs[1]["target_modules"]})
    config = configs[1] | {"r": sum(ranks), "lora_alpha": sum(ranks), "use_rslora": False, "target_modules": targets}
    (folder / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def _nothing(known: "Tensor", rank: int, rows: bool) -> "Tensor":
    """The part of an adapter that has none in this layer, for its rank."""
    return known.new_zeros((rank, known.shape[1]) if rows else (known.shape[0], rank))


def _scale(config: dict[str, Any]) -> float:
    """What PEFT multiplies B·A with."""
    rank: float = config["r"]
    return float(config["lora_alpha"] / (rank**0.5 if config.get("use_rslora") else rank))
