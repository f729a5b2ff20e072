"""Adapters in a layout of our own, for what PEFT does not have: `method.json`, and safetensors by weight name."""

import json
from pathlib import Path
from typing import Any

SETTINGS = "method.json"
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
"""PEFT's names; ours has the same for the weights."""


def write(model: Any, settings: dict[str, Any], folder: Path) -> None:
    """Write the trainable weights of `model`, and the method's name and settings."""
    from safetensors.torch import save_file

    trained = {name: weight.detach().contiguous() for name, weight in model.named_parameters() if weight.requires_grad}
    save_file(trained, folder / WEIGHTS)
    write_settings(settings, folder)


def write_settings(settings: dict[str, Any], folder: Path) -> None:
    """Write `method.json`."""
    (folder / SETTINGS).write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")


def settings_of(folder: Path) -> dict[str, Any]:
    """What `method.json` says; empty if there is none. Raises ValueError if it cannot be read."""
    path = folder / SETTINGS
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found


def put(model: Any, folder: Path) -> None:
    """Give `model` the weights in `folder`. Weights it shares with other models are replaced, never written to.

    Raises ValueError if a name is not in the model or a shape differs.
    """
    import torch
    from safetensors.torch import load_file

    mine = dict(model.named_parameters())
    for name, tensor in load_file(folder / WEIGHTS).items():
        if name not in mine or mine[name].shape != tensor.shape:
            raise ValueError(f"the base has no weight {name} of shape {tuple(tensor.shape)}")
        module, _, leaf = name.rpartition(".")
        like = mine[name]
        moved = torch.nn.Parameter(tensor.to(like.device, like.dtype), requires_grad=False)
        setattr(model.get_submodule(module), leaf, moved)
