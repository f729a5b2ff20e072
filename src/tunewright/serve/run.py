"""Run a gateway on a port until it is told to stop."""

import contextlib
import gc
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from signal import SIGINT, SIGTERM, signal
from typing import IO

from tunewright import registry
from tunewright.base import find
from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.identity import actor
from tunewright.core.records import Model
from tunewright.core.run import Say, silent
from tunewright.recipe import Recipe
from tunewright.serve import traces
from tunewright.serve.app import app, gateway
from tunewright.serve.engines import elsewhere, opened
from tunewright.serve.keys import CREATE
from tunewright.serve.log import wordless
from tunewright.serve.server import Server
from tunewright.tuning import Template, read, service


def serve(home: Home, listening: socket.socket, names: Sequence[str] = (), *,
          engine: str | None = None, device: str | None = None, by: str | None = None, without_keys: bool = False,
          jobs: Path | None = None,
          log: IO[str] | None = None, say: Say = silent, ready: Callable[[], None] = lambda: None) -> None:
    """Answer for the releases of `names` (all, if none is named) until SIGTERM or SIGINT, then drain.

    `listening` is from `listen`. The recipe of each name's live (else newest) release says on which engine, base and
    batch; `engine` overrides it. `jobs` is the recipe of fine-tuning jobs, if they are taken; `ready` is called once
    requests are answered. Raises Fault if the names do not share a base or the time for which their audit trail is
    kept, or others than this machine could ask and there is no key, unless `without_keys`.
    """
    template = read(jobs) if jobs else None
    recipes, base = _recipes(home, names, template)
    for recipe in recipes.values():
        if recipe.serve.fallback:
            elsewhere(recipe.serve.fallback)  # what it lacks is told now, not when a release is loaded
    spec = next(iter(recipes.values())).serve
    spec = spec.model_copy(update={"engine": engine or spec.engine,
                                   "batch": max(recipe.serve.batch for recipe in recipes.values())})
    with wordless(say):
        host, port, *_ = listening.getsockname()
        if not (without_keys or ip_address(host).is_loopback or any(home.ledger.entries(action=CREATE))):
            raise Fault(f"anybody who reaches {host} could ask this gateway: make a key first with `tunewright key "
                        "create --why REASON`, or take it on yourself with --without-keys.")
        made = gateway(home, names, opened(spec, recipes, base, home, device, say), base=base, by=actor(by), spec=spec,
                       alerts=next(iter(recipes.values())).monitor.alerts, log=log,
                       service=service(home, template) if template else None, traces=traces.opened(), say=say)
        if threading.current_thread() is threading.main_thread():
            for number in (SIGINT, SIGTERM):  # uvicorn stops, then raises the signal again: let it pass by
                signal(number, lambda *_: None)
        at = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

        def tell() -> None:
            _settle_memory()
            _share_time()
            say("ready", f"{', '.join(recipes)} at {at}/v1")
            ready()

        Server(made, app(made), tell).run(sockets=[listening])
    say("serve", "stopped: answers in progress were finished, the audit trail is anchored")


def engine_of(home: Home, names: Sequence[str], engine: str | None, jobs: Path | None) -> str:
    """The engine that `serve` would take. Raises Fault as it does."""
    recipes, _ = _recipes(home, names, read(jobs) if jobs else None)
    return engine or next(iter(recipes.values())).serve.engine


def _settle_memory() -> None:
    """What was loaded so far stays for good: the collector, which would walk through all of it again and again while
    answers wait for tens of milliseconds, leaves it alone and comes less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _share_time() -> None:
    """Threads that sync the trail and look at the ledger give way to answers after half a millisecond, not five."""
    sys.setswitchinterval(0.0005)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises Fault if the port is in use or not ours to take."""
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


def _recipes(home: Home, names: Sequence[str], template: Template | None) -> tuple[dict[str, Recipe], str]:
    """The recipe of each name's live release (else its newest), and the digest of the base their models stand on.

    Before the first release, those of the jobs' template. Raises Fault if there is no release, or the names need
    several bases.
    """
    folded = registry.fold(home)
    if not folded.names and template:
        recipe = Recipe.model_validate(template.value).model_copy(update={"base": template.placed})
        return {recipe.name: recipe}, find(template.base, template.folder).digest
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
        kept, others_kept = (recipes[one].serve.policy.retention for one in (first, name))
        if kept != others_kept:
            raise Fault(f"{first} keeps its audit trail {_time(kept)} and {name} {_time(others_kept)}, and a gateway's "
                        "is kept as one: say the same `serve.policy.retention` in both, or serve them by two gateways.")
        if other.base != model.base:
            raise Fault(f"{first} and {name} stand on different bases ({model.base_name} {short(model.base)}, "
                        f"{other.base_name} {short(other.base)}): serve them from two gateways.")
    return recipes, model.base


def _time(retention: str | None) -> str:
    return f"for {retention}" if retention else "for good"
