"""Find a base by name: the bundled `tiny`, a local folder, or a hub id. Nothing here imports torch."""

import difflib
import json
import math
import struct
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from tunewright.base import hub
from tunewright.core.digest import digest_file, digest_json
from tunewright.core.errors import Fault
from tunewright.recipe import BaseSpec

TINY = "tiny"
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
              "chat_template.jinja", "chat_template.json", "vocab.json", "merges.txt", "tokenizer.model")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_HEADER_LIMIT = 100 << 20


@dataclass(frozen=True)
class Base:
    """A base that was found and may be loaded: safetensors only, no code of its own.

    `digest` covers configuration, weights and tokenizer (and, for random weights, their seed); `license` is what
    the model card declares; `parameters` is the number of stored weights (0 if only a configuration is there).
    """

    name: str
    path: Path
    digest: str
    license: str | None
    parameters: int
    spec: BaseSpec


def find(spec: BaseSpec, folder: Path) -> Base:
    """The base that `spec` names; relative paths start at `folder`. Raises Fault if it is missing or unsafe."""
    path = _locate(spec, folder)
    config = _config(path, spec.name)
    _refuse_code(path, config, spec.name)
    weights = _weights(path, spec.name)
    if spec.weights == "pretrained" and not weights:
        raise Fault(_no_weights(path, spec.name))
    return Base(spec.name, path, _digest(path, weights, spec), _license(path), sum(map(_elements, weights)), spec)


def _locate(spec: BaseSpec, folder: Path) -> Path:
    if spec.name == TINY:
        return Path(str(resources.files("tunewright.base") / TINY))
    local = (folder / Path(spec.name).expanduser()).resolve()
    if local.is_dir():
        return local
    if local.exists():
        raise Fault(f"base {spec.name} is a file: name the folder that holds config.json and model.safetensors.")
    if hub.looks_like_id(spec.name):
        return hub.fetch(spec)
    raise Fault(f"no base {spec.name!r}: it is neither a folder in {folder} nor a hub id{_nearest(spec.name, folder)}.")


def _nearest(name: str, folder: Path) -> str:
    known = [TINY, *(path.name for path in folder.iterdir() if (path / "config.json").is_file())]
    close = difflib.get_close_matches(Path(name).name, known, n=1)
    return f"; did you mean `{close[0]}`?" if close else f"; `{TINY}` is bundled, hub ids look like `owner/name`"


def _config(path: Path, name: str) -> dict[str, Any]:
    try:
        config = json.loads((path / "config.json").read_text("utf-8"))
    except FileNotFoundError as error:
        raise Fault(f"base {name} has no config.json in {path}: name a folder saved by "
                    "`save_pretrained`, or another base.") from error
    except (ValueError, OSError) as error:
        raise Fault(f"base {name} has a config.json that cannot be read ({error}): get the base again.") from error
    if not isinstance(config, dict):
        raise Fault(f"base {name} has a config.json that is not an object: get the base again.")
    return config


def _refuse_code(path: Path, config: dict[str, Any], name: str) -> None:
    """Remote code runs with our rights on load, so a base that needs it is refused."""
    tokenizer = path / "tokenizer_config.json"
    try:
        told = json.loads(tokenizer.read_text("utf-8")) if tokenizer.is_file() else {}
    except (ValueError, OSError) as error:
        raise Fault(f"base {name} has a tokenizer_config.json that cannot be read ({error}): "
                    "get the base again.") from error
    if "auto_map" in config or "auto_map" in told:
        raise Fault(f"base {name} wants to run code of its own (auto_map in {path}), which is refused: "
                    "take a base whose architecture transformers knows.")


def _weights(path: Path, name: str) -> list[Path]:
    """The safetensors files of the model, whole or in shards; other copies beside them do not count."""
    index = path / "model.safetensors.index.json"
    if not index.is_file():
        return [file for file in (path / "model.safetensors",) if file.is_file()]
    try:
        files = sorted({path / shard for shard in json.loads(index.read_text("utf-8"))["weight_map"].values()})
    except (ValueError, KeyError, AttributeError, TypeError, OSError) as error:
        raise Fault(f"base {name} has a {index.name} that cannot be read ({error}): get the base again.") from error
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise Fault(f"base {name} misses the shard {missing[0]} in {path}: get the base again.")
    return files


def _no_weights(path: Path, name: str) -> str:
    pickled = sorted(found.name for pattern in _PICKLES for found in path.glob(pattern))
    if pickled:
        return (f"base {name} holds its weights as a pickle ({pickled[0]}), which can run code on load: convert it "
                "once where you trust it, with AutoModelForCausalLM.from_pretrained(…).save_pretrained(…), "
                "and name that folder.")
    return f"base {name} has no model.safetensors in {path}: get it again, or set `weights: random`."


def _digest(path: Path, weights: list[Path], spec: BaseSpec) -> str:
    files = [path / "config.json", *(path / name for name in _TOKENIZER)]
    random = spec.weights == "random"
    if not random:
        files += weights
    content: dict[str, Any] = {file.name: digest_file(file) for file in files if file.is_file()}
    return digest_json({"files": content, "seed": spec.seed if random else None})


def _elements(file: Path) -> int:
    """Number of weights in a safetensors file, from its header (8 bytes of length, then JSON)."""
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > _HEADER_LIMIT:
                raise ValueError("header too long")
            header = json.loads(stream.read(length))
        tensors = [tensor for name, tensor in header.items() if name != "__metadata__"]
        ends = 8 + length + max((tensor["data_offsets"][1] for tensor in tensors), default=0)
        if file.stat().st_size < ends:
            raise ValueError(f"{file.stat().st_size:,} bytes where its header tells of {ends:,}")
        return sum(math.prod(tensor["shape"]) for tensor in tensors)
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise Fault(f"{file} is not a whole safetensors file ({error}): get the base again.") from error


def _license(path: Path) -> str | None:
    """The licence that the model card's YAML front matter declares, else None."""
    card = path / "README.md"
    if not card.is_file():
        return None
    text = card.read_text("utf-8", errors="replace")
    if not text.startswith("---"):
        return None
    try:
        front = yaml.safe_load(text.split("---", 2)[1])
    except yaml.YAMLError:
        return None
    told = front.get("license_name") or front.get("license") if isinstance(front, dict) else None
    if isinstance(told, list):
        return ", ".join(map(str, told)) or None
    return str(told) if told else None
