"""Any adapter's folder, read onto a base: the one place that knows how each method's files become a network."""

import copy
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

from tunewright.base import load_adapter
from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.engine import bottleneck, nf4, own, prefix


def twin(model: Any) -> Any:
    """A second network over the same weights: what is put into one is not in the other, and no weight is copied."""
    shared = {id(tensor): tensor for tensor in chain(model.parameters(), model.buffers())}
    return copy.deepcopy(model, shared)


def kind(folder: Path) -> str:
    """The method of an adapter's folder: what `method.json` says, else PEFT's name for it, in small letters.

    Raises Fault if neither can be read.
    """
    from peft import PeftConfig

    try:
        settings = own.settings_of(folder)
        return str(settings["method"]) if settings else PeftConfig.from_pretrained(str(folder)).peft_type.lower()
    except (ValueError, OSError, KeyError, TypeError, AttributeError) as error:
        raise Fault("an adapter has no readable adapter_config.json or method.json: train it again.") from error


def shares(folder: Path) -> bool:
    """Whether the adapter is a plain LoRA, which can share a network, and its batches, with others of its base."""
    from peft import PeftConfig

    if kind(folder) != "lora":
        return False
    config = PeftConfig.from_pretrained(str(folder))
    return not (config.use_dora or config.modules_to_save)


def read(model: Any, folder: Path, name: str = "") -> Any:
    """`model` with the adapter in `folder` upon it, in evaluation mode. `model` is changed.

    Raises Fault if the folder is not whole, of an unknown kind, or of another base.
    """
    from safetensors import SafetensorError

    called = f"adapter {short(name)}" if name else "the adapter"
    method = kind(folder)
    if not (folder / own.WEIGHTS).is_file():
        raise Fault(f"{called} has no {own.WEIGHTS}: train it again.")
    if method not in KINDS:
        raise Fault(f"{called} is of kind {method}, which is not known here: it may be one of {', '.join(KINDS)}.")
    try:
        return KINDS[method](model, folder).requires_grad_(False).eval()
    except (ValueError, RuntimeError, KeyError, OSError, SafetensorError) as error:
        first = (str(error).splitlines() or [""])[0][:200]
        raise Fault(f"{called} does not fit this base ({first}): serve it on the base it was trained on.") from error


def _bottleneck(model: Any, folder: Path) -> Any:
    settings = own.settings_of(folder)
    bottleneck.insert(model, settings["bottleneck"], settings["placement"], model.dtype)
    own.put(model, folder)
    return model


def _quantised(model: Any, folder: Path) -> Any:
    double = own.settings_of(folder)["double_quantisation"]
    return load_adapter(nf4.quantise(model, str(model.device), double), folder)


def _biases(model: Any, folder: Path) -> Any:
    own.put(model, folder)
    return model


KINDS: dict[str, Callable[[Any, Path], Any]] = {
    "lora": load_adapter, "qlora": _quantised, "ia3": load_adapter, "beft": load_adapter, "adapter": _bottleneck,
    "bitfit": _biases, "prefix_tuning": prefix.read, "prompt_tuning": prefix.read}
"""How each kind of folder is read onto a base: PEFT's kinds by PEFT's names, ours by the method's."""
