"""What a deployment needs to know of a release's recipe, and the words that both kinds share."""

import posixpath
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tunewright import registry
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.recipe import Recipe

PORT = 8000
USER = 10001
"""The number of the user without rights as whom the gateway runs."""
STATE = "/var/lib/tunewright"
"""Where a container keeps what it must find again: the audit trail, and the store unless that is elsewhere."""
POSTGRES = "postgres:17.6-alpine"
VLLM = "vllm/vllm-openai:v0.11.0"
DRAIN = 45
"""Seconds a gateway has to end: thirty to finish its answers, the rest to be told and to anchor its trail."""
_EXTRAS = {
    "hf": ("grammar", "postgres", "serve", "train"), "vllm": ("postgres", "serve"), "openai": ("postgres", "serve"),
    "fake": ("postgres", "serve")}
_STORES = {"s3:": "s3", "gs:": "gcs", "gcs:": "gcs", "az:": "azure", "abfs:": "azure"}
_IMAGE = re.compile(r"[a-z0-9][a-z0-9._/:@-]{0,254}")


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One name's gateway somewhere else.

    `store` is an fsspec URL that every replica reaches, or None for a volume that they share. `folder` is the base's,
    if that is a folder of this machine. `keys` are variables of the environment that hold secrets, beside the
    database's password.
    """

    name: str
    version: str
    image: str
    engine: str
    base: str
    folder: Path | None = None
    store: str | None = None
    keys: tuple[str, ...] = ()
    replicas: int = 2

    @property
    def label(self) -> str:
        """The name as Kubernetes and compose write it: letters, digits and dashes."""
        return re.sub(r"[^a-z0-9-]", "-", self.name).strip("-")

    @property
    def requirement(self) -> str:
        """What pip installs in the container."""
        extras = [*_EXTRAS[self.engine], *(extra for start, extra in _STORES.items()
                                           if (self.store or "").startswith(start))]
        return f"tunewright[{','.join(extras)}]=={self.version}"

    @property
    def place(self) -> str:
        """Where the gateway finds the store."""
        return self.store or f"{STATE}/store"

    @property
    def base_place(self) -> str:
        """Where the gateway finds a base that is a folder: named by the recipe from beside the state folder."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(STATE), self.base))

    @property
    def command(self) -> list[str]:
        """What the container runs."""
        return ["tunewright", "serve", self.name, "--host", "0.0.0.0", "--port", str(PORT)]


def deployment(home: Home, name: str, *, image: str | None = None, store: str | None = None,
               replicas: int = 2) -> Deployment:
    """How `name` is deployed, by the recipe of its live (else newest) release. Raises Fault for an unknown name or an
    image that is none."""
    known = registry.fold(home).of(name)
    release = registry.read(home, known.standing(known.live or max(known.added)).digest)
    recipe = Recipe.model_validate(home.store.get_json(release.recipe))
    now = version("tunewright")
    image = image or f"tunewright-{re.sub(r'[^a-z0-9-]', '-', name).strip('-')}:{now}"
    if not _IMAGE.fullmatch(image):
        raise Fault(f"--image {image}: an image is called like registry.example.com/team/support-desk:1.0.")
    folder = home.path.parent / recipe.base.name
    serve = recipe.serve
    upstreams = [serve.upstream, serve.fallback.upstream if serve.fallback else None]
    return Deployment(name=name, version=now, image=image, engine=recipe.serve.engine, base=recipe.base.name,
                      folder=folder if folder.is_dir() else None, store=store, replicas=replicas,
                      keys=tuple(dict.fromkeys(one.key for one in upstreams if one and one.key)))

