"""The engine that a gateway's recipes ask for, opened."""

import os
from collections.abc import Mapping
from importlib.util import find_spec

from tunewright.base import Base, find
from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import Say
from tunewright.engine import KINDS, Engine, FakeEngine
from tunewright.engine.upstream import Names, Upstream
from tunewright.engine.vllm import Servers, VllmEngine
from tunewright.recipe import Recipe, ServeSpec
from tunewright.recipe.serve import FallbackSpec, UpstreamSpec, VllmSpec

SERVED = "base"
"""What servers that we start call the bare base."""


def opened(spec: ServeSpec, recipes: Mapping[str, Recipe], base: str, home: Home, device: str | None,
           say: Say) -> Engine:
    """The engine of `spec` for base `base` (a digest). Raises Fault if what it needs is missing."""
    if spec.engine == "openai":
        if spec.upstream is None:
            raise Fault("engine openai needs `serve.upstream` in the recipe: say which server answers.")
        return _upstream(spec.upstream, spec.upstream.base, "serve.upstream.key")
    if spec.engine == "vllm":
        _needs_httptools("vllm")
    if spec.engine == "vllm" and spec.vllm.urls:
        return _vllm(spec.vllm, spec.vllm.urls, home, None, say)
    first, recipe = next(iter(recipes.items()))
    found = find(recipe.base, home.path.parent)
    if found.digest != base:
        raise Fault(f"base {found.name} is now {short(found.digest)}, and {first} was trained on {short(base)}: "
                    "bring that base back, or run the recipe again.")
    if spec.engine == "vllm":
        servers = _servers(spec.vllm, found, say)
        return _vllm(spec.vllm, servers.urls, home, servers, say)
    kept = {"tokens": spec.hf.tokens, "held": spec.hf.beginnings << 20} if spec.engine == "hf" else {}
    return KINDS[spec.engine](found, spec.batch, device, **kept)


def elsewhere(spec: FallbackSpec) -> Engine:
    """The engine of a fallback. Raises Fault if what it needs is missing."""
    if spec.upstream is None or spec.engine == "fake":
        return FakeEngine()
    model = spec.upstream.model  # without a digest in it, it is asked for as a base is
    return _upstream(spec.upstream, None if "{digest}" in model else model, "serve.fallback.upstream.key")


def _upstream(spec: UpstreamSpec, base: str | None, field: str) -> Upstream:
    _needs_httptools("openai")
    return Upstream(spec.url, Names(model=spec.model, base=base), _key(spec.key, field), spec.connections)


def _needs_httptools(engine: str) -> None:
    if find_spec("httptools") is None:
        raise Fault(f"engine {engine} needs httptools: pip install 'tunewright[serve]'.")


def _vllm(spec: VllmSpec, urls: tuple[str, ...] | list[str], home: Home, servers: Servers | None, say: Say) -> Engine:
    place = home.path / "adapters" if spec.adapters is None else home.path.parent / spec.adapters
    return VllmEngine(urls, place.resolve(), key=_key(spec.key, "serve.vllm.key"), servers=servers, say=say)


def _servers(spec: VllmSpec, base: Base, say: Say) -> Servers:
    """vLLM servers of our own, each ready."""
    def command(port: int) -> list[str]:
        return [*spec.command, str(base.path), "--served-model-name", SERVED, "--host", "127.0.0.1",
                "--port", str(port), "--enable-lora", *spec.arguments]

    servers = Servers(command, range(spec.port, spec.port + spec.replicas), say=say)
    servers.wait(spec.start)
    return servers


def _key(variable: str | None, field: str) -> str | None:
    """The key that an environment variable holds. Raises Fault if it is named and not there."""
    key = os.environ.get(variable) if variable else None
    if variable and not key:
        raise Fault(f"{field}: the environment has no {variable}: set it to the server's key.")
    return key
