"""How the gateway is started: one base, an engine on it, a port that is free, and the releases that are live."""

import logging
import os
import socket
from collections.abc import Sequence
from pathlib import Path

import click
import uvicorn

from tunewright import base as bases
from tunewright import registry
from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.core.home import Home, find_home
from tunewright.core.identity import actor
from tunewright.core.records import Model
from tunewright.engine import KINDS
from tunewright.recipe import Recipe
from tunewright.serve.app import app

_BACKLOG = 2048  # connections that may wait to be accepted


def serve(
    names: Sequence[str], host: str, port: int, engine: str | None, device: str, by: str | None, home: Path | None,
) -> None:
    """Serve until interrupted. Raises Fault before the first request if it cannot."""
    at = find_home(named=home)
    recipe, base = _base(at, names)
    listening = _listen(host, port)
    kind = engine or recipe.serve.engine
    gateway = app(at, names, KINDS[kind](base, recipe.serve.batch, device), base=base.digest,
                  by=actor(by), new_tokens=recipe.serve.new_tokens, say=lambda _, text: click.echo(text, err=True))
    address = f"http://{host}:{listening.getsockname()[1]}/v1"
    server = uvicorn.Server(uvicorn.Config(gateway, log_level=logging.WARNING, lifespan="on"))
    click.echo(f"serving {', '.join(names) or 'every name'} on {base.name} ({kind}, {device}) at {address}", err=True)
    server.run(sockets=[listening])
    if not server.started:
        raise Fault("the gateway could not start; the lines above tell why.")


def _base(home: Home, names: Sequence[str]) -> tuple[Recipe, bases.Base]:
    """The recipe of the first name's live (else newest) release, and the base that all names share."""
    folded = registry.fold(home)
    known = [folded.of(name) for name in names] or list(folded.names.values())
    if not known:
        raise Fault("there are no releases to serve yet: `tunewright run RECIPE` makes the first.")
    releases = [registry.read(home, one.standing(one.live or max(one.added)).digest) for one in known]
    models = [Model.model_validate(home.store.get_json(release.model)) for release in releases]
    if len({model.base for model in models}) > 1:
        told = ", ".join(f"{model.name} on {model.base_name} ({short(model.base)})" for model in models)
        raise Fault(f"one gateway holds one base, but these are {told}: name those of one base.")
    recipe = Recipe.model_validate(home.store.get_json(releases[0].recipe))
    base = bases.find(recipe.base, home.path.parent)
    if base.digest != models[0].base:
        raise Fault(f"base {base.name} is now {short(base.digest)}, but {releases[0].reference} was trained on "
                    f"{short(models[0].base)}: bring that base back, or run the recipe again.")
    return recipe, base


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Fault if the port is taken or the address is not ours."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise Fault(f"{host}:{port} cannot be listened on ({os.strerror(error.errno or 0)}): take another port with "
                    "--port (0 finds a free one).") from error
