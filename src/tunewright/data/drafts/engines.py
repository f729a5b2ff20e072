"""Open the engine that a source asks, and say what it is, so that its answers are found again."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tunewright.base import Base, find
from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.records import Model
from tunewright.data.drafts.weigh import Weigher
from tunewright.engine import Engine, FakeEngine
from tunewright.recipe import BaseSpec
from tunewright.recipe.engine import EndpointSpec, EngineSpec, KnownSpec, LocalSpec


def identity(spec: EngineSpec, folder: Path) -> dict[str, Any]:
    """What an engine's answers depend on beside the request. `folder` is the recipe's."""
    if isinstance(spec, EndpointSpec):
        return {"kind": spec.kind, "url": spec.url.rstrip("/"), "model": spec.model}
    if isinstance(spec, KnownSpec):
        return {"kind": spec.kind, "answers": digest_json(spec.answers)}
    return {"kind": spec.kind, "base": _base(spec, folder).digest, "model": spec.model}


def title(spec: EngineSpec) -> str:
    """The engine in a few words, for a person."""
    if isinstance(spec, EndpointSpec):
        return f"{spec.model} at {spec.url}"
    if isinstance(spec, KnownSpec):
        return "known answers"
    return f"{spec.base}{f' with model {spec.model[:6]}' if spec.model else ''}"


def opened(spec: EngineSpec, folder: Path, home: Home) -> Engine:
    """The engine, ready to answer. Raises Fault if its key, base or model is missing."""
    make: Callable[..., Engine] = KINDS[spec.kind]
    return make(spec, folder, home)


def weigher(spec: LocalSpec, labels: Sequence[str], folder: Path, home: Home) -> Weigher:
    """A model here that tells how likely each label is. Raises Fault if its base or model is missing."""
    from tunewright.base import load_tokenizer
    from tunewright.engine.chat import Chat

    base = _base(spec, folder)
    config = json.loads((base.path / "config.json").read_text())
    context = config.get("text_config", config).get("max_position_embeddings") or 1 << 30
    return Weigher(_local(spec, folder, home), Chat(load_tokenizer(base)), labels, int(context))


def _endpoint(spec: EndpointSpec, _folder: Path, _home: Home) -> Engine:
    from tunewright.engine.endpoint import Endpoint
    from tunewright.engine.openai import OpenAiEngine

    key = os.environ.get(spec.key) if spec.key else None
    if spec.key and not key:
        raise Fault(f"environment variable {spec.key}, which `engine.key` names, is not set: export the key there.")
    return OpenAiEngine(Endpoint(url=spec.url, model=spec.model, key=key, timeout=spec.timeout, retries=spec.retries),
                        spec.concurrency)


def _local(spec: LocalSpec, folder: Path, home: Home) -> Engine:
    base = _base(spec, folder)
    model = _model(spec.model, base, home) if spec.model else None
    from tunewright.engine.hf import HfEngine

    engine = HfEngine(base, spec.batch)
    if model:
        room = home.path / "models" / model.files
        engine.load(model.digest, room if room.is_dir() else home.store.get_folder(model.files, room), model.adapter)
    return engine


def _base(spec: LocalSpec, folder: Path) -> Base:
    return find(BaseSpec(name=spec.base, revision=spec.revision), folder)


def _model(digest: str, base: Base, home: Home) -> Model:
    value = home.store.get_json(digest)
    if value.get("record") != "model":
        raise Fault(f"`engine.model` {digest[:6]} is a {value.get('record', 'file')}, not a model: "
                    "`tunewright show NAME@N --json` tells a release's.")
    model = Model.model_validate(value)
    if model.base != base.digest:
        raise Fault(f"`engine.model` {digest[:6]} was trained on {model.base_name}: name that as `engine.base`.")
    return model


def _known(spec: KnownSpec, _folder: Path, _home: Home) -> Engine:
    return FakeEngine(answers=spec.answers)


KINDS: dict[str, Callable[..., Engine]] = {"openai": _endpoint, "hf": _local, "fake": _known}
