"""Run a gateway on a port until it is told to stop."""

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from signal import SIGINT, SIGTERM, signal

import uvicorn

from tunewright import registry
from tunewright.base import Base, find
from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.identity import actor
from tunewright.core.records import Model
from tunewright.core.run import Say, silent
from tunewright.engine import KINDS
from tunewright.recipe import Recipe
from tunewright.serve.app import app

DRAIN = 30
"""Seconds that answers in progress have when the gateway is told to stop."""


def serve(home: Home, names: Sequence[str] = (), *, host: str = "127.0.0.1", port: int = 8000,
          engine: str | None = None, device: str | None = None, by: str | None = None, say: Say = silent) -> None:
    """Answer for the releases of `names` (all, if none is named) until SIGTERM or SIGINT, then drain.

    The recipe of each name's live (else newest) release says on which engine, base and batch; `engine` overrides it.
    Port 0 takes a free one. Raises Fault if the port is in use, or the names do not share a base.
    """
    recipes, base = _recipes(home, names)
    first = next(iter(recipes.values())).serve
    with _listen(host, port) as listening:
        made = KINDS[engine or first.engine](base, max(recipe.serve.batch for recipe in recipes.values()), device)
        gateway = app(home, names, made, base=base.digest, by=actor(by), say=say,
                      new_tokens=max(recipe.serve.new_tokens for recipe in recipes.values()))
        config = uvicorn.Config(gateway, log_config=None, log_level="warning", access_log=False, lifespan="on",
                                timeout_graceful_shutdown=DRAIN)
        at = f"http://{host}:{listening.getsockname()[1]}"
        if threading.current_thread() is threading.main_thread():
            for number in (SIGINT, SIGTERM):  # uvicorn drains, then raises the signal again: let it pass by
                signal(number, lambda *_: None)
        _Server(config, lambda: say("ready", f"{', '.join(recipes)} at {at}/v1")).run(sockets=[listening])
    say("serve", "stopped: answers in progress were finished, the audit trail is anchored")


class _Server(uvicorn.Server):
    """Tells when it accepts requests."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Fault if the port is in use or not ours to take."""
    with contextlib.ExitStack() as undo:
        try:
            family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listening = undo.enter_context(socket.socket(family, kind, proto))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(2048)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise Fault(f"cannot listen on {host}:{port} ({reason}): stop what uses it, or choose another "
                        "with --port.") from error
        undo.pop_all()
        return listening


def _recipes(home: Home, names: Sequence[str]) -> tuple[dict[str, Recipe], Base]:
    """The recipe of each name's live release (else its newest), and the base that all their models stand on.

    Raises Fault if there is no release, the names need several bases, or the base is not the one trained on.
    """
    folded = registry.fold(home)
    if not folded.names:
        raise Fault("there is no release to serve: make one with `tunewright run RECIPE`.")
    recipes, models = {}, {}
    for name in names or sorted(folded.names):
        known = folded.of(name)
        release = registry.read(home, known.standing(known.live or max(known.added)).digest)
        recipes[name] = Recipe.model_validate(home.store.get_json(release.recipe))
        models[name] = Model.model_validate(home.store.get_json(release.model))
    (first, model), *others = models.items()
    for name, other in others:
        if other.base != model.base:
            raise Fault(f"{first} and {name} stand on different bases ({model.base_name} {short(model.base)}, "
                        f"{other.base_name} {short(other.base)}): serve them from two gateways.")
    base = find(recipes[first].base, home.path.parent)
    if base.digest != model.base:
        raise Fault(f"base {base.name} is now {short(base.digest)}, and {first} was trained on {short(model.base)}: "
                    "bring that base back, or run the recipe again.")
    return recipes, base
