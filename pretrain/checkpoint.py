"""Checkpoints that survive a kill at any moment: safetensors first, the manifest renamed last."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from pretrain.muon import Muon

Manifest = dict[str, Any]


def save(folder: Path, model: nn.Module, optimiser: Muon, manifest: Manifest) -> None:
    """Write weights, optimiser state and RNG, then the manifest that names them; drop the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    last = read(folder)
    name = f"step{manifest['step']:07d}.safetensors"
    tensors = {f"w.{k}": v.detach() for k, v in model.named_parameters()}
    tensors |= {f"o.{k}": v for k, v in optimiser.state.items()}
    tensors |= {f"b.{k}": v for k, v in model.state_dict().items() if k in dict(model.named_buffers())}
    tensors["rng"] = torch.get_rng_state()
    part = folder / f"{name}.part"
    save_file(tensors, part)
    with part.open("rb") as handle:
        os.fsync(handle.fileno())
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    part.replace(folder / name)
    slip = folder / "manifest.json.part"
    slip.write_text(
        json.dumps({**manifest, "file": name, "sha256": digest, "updates": optimiser.count}, indent=1), "utf-8"
    )
    slip.replace(folder / "manifest.json")
    if last and last["file"] != name:
        (folder / last["file"]).unlink(missing_ok=True)


def read(folder: Path) -> Manifest | None:
    """The manifest of the latest complete checkpoint, if there is one."""
    path = folder / "manifest.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def restore(folder: Path, manifest: Manifest, model: nn.Module, optimiser: Muon) -> None:
    """Put weights, optimiser state and RNG back; refuse a file that is not the one named."""
    path = folder / manifest["file"]
    with path.open("rb") as handle:
        if hashlib.file_digest(handle, "sha256").hexdigest() != manifest["sha256"]:
            raise ValueError(f"{path.name} is damaged: its digest is not the one in the manifest")
    tensors = load_file(path)
    with torch.no_grad():
        for key, weight in model.named_parameters():
            weight.copy_(tensors[f"w.{key}"])
        for key, value in model.named_buffers():
            if f"b.{key}" in tensors:
                value.copy_(tensors[f"b.{key}"])
        for key, value in optimiser.state.items():
            value.copy_(tensors[f"o.{key}"])
    torch.set_rng_state(tensors["rng"])
    optimiser.count = manifest["updates"]
