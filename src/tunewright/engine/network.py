"""Networks in memory: one base, adapters by digest upon it, and full models beside it.

Everything here runs on one thread (the worker's), so that no pass ever sees half a change.
"""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from peft import LoraConfig, PeftConfig, PeftModel
from peft.tuners.lora import LoraLayer
from peft.utils.other import AuxiliaryTrainingWrapper
from safetensors import SafetensorError

from tunewright.base import Base, load_model
from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.engine import own

_BARE = "__base__"  # PEFT's word for a row without an adapter


class Alone:
    """A network with no adapters to choose from."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, _adapters: Sequence[str | None], **inputs: Any) -> Any:
        """A pass of the network."""
        return self.model(**inputs)


class Adapted:
    """A base and the adapters upon it. One pass may serve several adapters, row by row."""

    def __init__(self, model: Any, device: str) -> None:
        self._model = model
        self._device = device
        self._peft: PeftModel | None = None
        self._active: str | None = None
        self._rows: list[str] | None = None
        self._hooks: list[Any] = []

    def __call__(self, adapters: Sequence[str | None], **inputs: Any) -> Any:
        """A pass of the network, `adapters` naming each row's (None: the bare base)."""
        if self._peft is not None:
            self._choose(self._peft, adapters)
        return self._model(**inputs)

    @property
    def model(self) -> Any:
        """The network itself."""
        return self._model

    def add(self, name: str, folder: Path) -> None:
        """Read a LoRA adapter in PEFT layout. Raises Fault if it is none, or does not fit; then nothing changed."""
        config = _config(name, folder)
        try:
            if self._peft is None:
                self._peft = _wrap(self._model, config, name)
            result = self._peft.load_adapter(str(folder), name, torch_device=self._device)
            missing = [key for key in result.missing_keys if f".{name}." in key]
            if missing or result.unexpected_keys:
                raise ValueError(f"{len(missing)} weights missing, {len(result.unexpected_keys)} unknown")
        except (ValueError, RuntimeError, KeyError, OSError, SafetensorError) as error:
            self.remove(name)
            first = (str(error).splitlines() or [""])[0][:200]
            raise Fault(f"adapter {short(name)} does not fit this base ({first}): serve it on the base "
                        "it was trained on.") from error
        self._model.eval()
        self._hook()

    def remove(self, name: str) -> None:
        """Let an adapter go; with the last one, the base is bare again."""
        if self._peft is None or name not in self._peft.peft_config:
            return
        self._active = None
        if len(self._peft.peft_config) == 1:
            for hook in self._hooks:
                hook.remove()
            self._model = self._peft.unload()
            self._hooks, self._peft, self._rows = [], None, None
        else:
            other = next(known for known in self._peft.peft_config if known != name)
            self._peft.set_adapter(other, inference_mode=True)
            self._peft.delete_adapter(name)

    def _choose(self, peft: PeftModel, adapters: Sequence[str | None]) -> None:
        """One adapter for all rows is made the active one; else each LoRA layer is told every row's."""
        only = adapters[0] if len(set(adapters)) == 1 else None
        if only is None:
            self._rows = [name or _BARE for name in adapters]
            return
        self._rows = None
        if self._active != only:
            peft.set_adapter(only, inference_mode=True)
            self._active = only

    def _hook(self) -> None:
        """Tell every LoRA layer the rows' adapters before its pass.

        PEFT's own `adapter_names` argument does this with a hook per layer and pass; ours stay in place.
        """
        for hook in self._hooks:
            hook.remove()
        layers = (layer for layer in self._model.modules() if isinstance(layer, LoraLayer | AuxiliaryTrainingWrapper))
        self._hooks = [layer.register_forward_pre_hook(self._tell, with_kwargs=True) for layer in layers]

    def _tell(self, _layer: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return args, kwargs if self._rows is None else {**kwargs, "adapter_names": self._rows}


def _wrap(model: Any, config: LoraConfig, name: str) -> PeftModel:
    with warnings.catch_warnings():  # PEFT asks transformers under a name that transformers is giving up
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing`", category=FutureWarning)
        return PeftModel(model, config, name)


def full(base: Base, name: str, folder: Path, device: str, dtype: str) -> Any:
    """A full model, in the place of the base's weights. Raises Fault if it cannot be read."""
    if not any(folder.glob("*.safetensors")):
        raise Fault(f"model {short(name)} has no safetensors file: train it again.")
    spec = base.spec.model_copy(update={"weights": "pretrained"})
    return load_model(replace(base, name=f"model {short(name)}", path=folder, spec=spec), device, dtype)


def _config(name: str, folder: Path) -> LoraConfig:
    """The adapter's configuration, once it is known to be a LoRA kept as safetensors."""
    if not (folder / own.WEIGHTS).is_file():
        raise Fault(f"adapter {short(name)} has no {own.WEIGHTS}: train it again.")
    try:
        config = PeftConfig.from_pretrained(str(folder))
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise Fault(f"adapter {short(name)} has no readable {own.CONFIG}: train it again.") from error
    if not isinstance(config, LoraConfig):
        raise Fault(f"adapter {short(name)} is {config.peft_type}, and only LoRA adapters are served: "
                    "merge it into a full model first.")
    config.inference_mode = True
    return config
