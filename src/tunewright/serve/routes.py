"""From a model's name in a request to one release, and how a promotion changes where the name leads.

A watcher looks at the ledger's head every `POLL` seconds. When another release is live, its model is loaded beside
the old one, answers a short question, and only then does the name lead to it: one assignment on the event loop. A
request is bound to its route at admission and keeps it. The release that a rollback would return to stays loaded.
"""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tunewright import registry
from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.ledger import Entry
from tunewright.core.records import Model, Release
from tunewright.core.run import Say
from tunewright.engine import Engine, Request
from tunewright.recipe import Recipe, ServeSpec
from tunewright.serve.arms import Arms
from tunewright.serve.fallback import Fallbacks
from tunewright.serve.figures import warm
from tunewright.serve.metrics import Metrics
from tunewright.serve.route import BASE, Route

POLL = 0.04
"""Seconds between two looks at the ledger."""
RETRY = 5.0
"""Seconds until a release that could not be taken up is tried again."""
RESIDENT = 8
"""Releases kept loaded, if nobody needs more; those live, and those a rollback would return to, always are."""

Follower = Callable[[Sequence[Entry]], object]
"""Who else takes in what is new in the ledger."""
Sees = Callable[[str], bool]
"""Whether who asks may know of a name."""


def everything(_name: str) -> bool:
    """Who asks sees every name."""
    return True


class Routes:
    """The routes of one gateway. Everything but loading happens on the event loop."""

    def __init__(self, home: Home, names: Sequence[str], engine: Engine, base: str, metrics: Metrics,
                 followers: Sequence[Follower], say: Say, spec: ServeSpec) -> None:
        self._home = home
        self._names = tuple(names)
        self._engine = engine
        self._metrics = metrics
        self._followers = followers
        self._say = say
        self.registry = registry.Registry()
        self._bare = Route(BASE, None, None, base, spec)
        self._live: dict[str, Route] = {}
        self._loaded: dict[str, Route] = {}
        self.arms = Arms(self.registry, self._live, self._loaded)
        self.fallbacks = Fallbacks()
        self._locks: dict[str, asyncio.Lock] = {}
        self._settling: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, tuple[str, float]] = {}
        self._watcher: asyncio.Task[None] | None = None
        self._followed = False  # whether the last look at the ledger came to its end
        self.faults: dict[str, str] = {}

    async def start(self) -> None:
        """Take up what is live, then follow the ledger."""
        await self._look()
        await asyncio.gather(*self._settling.values())
        self._watcher = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Follow the ledger no more, and close what answers elsewhere."""
        tasks = [task for task in (self._watcher, *self._settling.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.fallbacks.close()

    async def admit(self, model: str, sees: Sees = everything, who: bytes = b"", key: str = "") -> Route:
        """The route of `name`, `name@live`, `name@3` or `base`. Raises Fault if nothing answers to that.

        Of `name`, a cohort `who` of a `key` may meet another release than the live one. A name that who asks does not
        see is told as one that is not there.
        """
        name = model.partition("@")[0]
        if not sees(name):
            raise Fault(f"no model is called {model}{registry.nearest(model, self.listed(sees))}")
        if name in self._live and model in (name, f"{name}@live"):
            return self.arms.met(name, who, key) if who and model == name else self._live[name]
        if model == BASE:
            return self._bare
        if model in self._loaded:
            return self._loaded[model]
        return await self._pinned(model, sees)

    def listed(self, sees: Sees = everything) -> dict[str, Route]:
        """What can be asked for by who sees so much: live names, loaded releases, and the base."""
        all_routes = {**self._live, **dict(sorted(self._loaded.items())), BASE: self._bare}
        return {model: route for model, route in all_routes.items() if sees(model.partition("@")[0])}

    def live(self) -> dict[str, str]:
        """The live release of each name, as this gateway serves it."""
        return {name: route.reference for name, route in self._live.items()}

    def missing(self) -> list[str]:
        """Names that should be answered and are not."""
        return [name for name in self._wanted() if name not in self._live]

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - whatever ails the ledger, what is live stays live
                self._tell("ledger", f"the ledger cannot be followed ({error}): what is live here stays live.")
            else:
                self.faults.pop("ledger", None)

    async def _look(self) -> None:
        """Read what is new in the ledger; settle every name that leads elsewhere than it should."""
        if not self._home.ledger.quiet() or not self._followed:
            await self._follow()
        for name, digest in self._wanted().items():
            if name in self._live and self._live[name].release == digest:
                self._settled(name)
            elif self._free(name, digest):
                self._settling[name] = asyncio.create_task(self._settle(name))
        for name, digest in self._beside().items():
            if self._free(name, digest):
                self._settling[name] = asyncio.create_task(self._bring(name, digest))

    async def _follow(self) -> None:
        """Take in what is new in the ledger."""
        self._followed = False
        seen = self.registry.head
        if await asyncio.to_thread(self._home.ledger.head) != seen:
            entries = await asyncio.to_thread(lambda: list(self._home.ledger.entries(after=seen.number)))
            self.registry.take(entries)
            for follow in self._followers:
                follow(entries)
        self._followed = True

    def _beside(self) -> dict[str, str]:
        """The digest of each arm's release that is not loaded yet, by its reference."""
        return {reference: known.standing(arm.number).digest for name, known in self.registry.names.items()
                if name in self._live for arm in known.arms.values()
                if (reference := f"{name}@{arm.number}") not in self._loaded}

    async def _bring(self, reference: str, digest: str) -> None:
        """Load an arm's release; until it is there the live one answers, and the fault is told."""
        try:
            await self._ready(await asyncio.to_thread(registry.read, self._home, digest))
        except Exception as error:  # noqa: BLE001 - whatever ails it, the live release goes on answering
            self._failed[reference] = (digest, time.monotonic() + RETRY)
            self._tell(reference, f"{error} Until then the live release answers its share.")
        else:
            self._settled(reference)

    def _free(self, name: str, digest: str) -> bool:
        """Whether nobody settles `name` yet, and this release did not fail just now."""
        failed, again = self._failed.get(name, ("", 0.0))
        busy = name in self._settling and not self._settling[name].done()
        return not busy and (failed != digest or time.monotonic() >= again)

    def _settled(self, name: str) -> None:
        self.faults.pop(name, None)
        self._failed.pop(name, None)

    def _wanted(self) -> dict[str, str]:
        """The digest of each name's live release, as the ledger says."""
        return {name: known.standing(known.live).digest for name, known in self.registry.names.items()
                if known.live is not None and (not self._names or name in self._names)}

    async def _settle(self, name: str) -> None:
        """Lead `name` to its live release; on failure the old route stays and the fault is told."""
        digest = self._wanted()[name]
        try:
            release = await asyncio.to_thread(registry.read, self._home, digest)
            route = await self._ready(release)
        except Exception as error:  # noqa: BLE001 - whatever ails the new release, the old one goes on answering
            self._failed[name] = (digest, time.monotonic() + RETRY)
            self._metrics.failed_switches.labels(name).inc()
            stays = f"{self._live[name].reference} stays live" if name in self._live else "nothing answers"
            self._tell(name, f"{error} Until then {stays} for {name}.")
            return
        if self._wanted()[name] != digest:
            return  # the ledger moved on while we loaded: the next look settles it
        before = self._live.get(name)
        self._live[name] = route
        self._settled(name)
        self._metrics.switches.labels(name).inc()
        self._say("serve", f"{name}: {before.reference if before else 'nothing'} → {route.reference}")
        await self._keep_previous(name)
        await self._evict()

    async def _keep_previous(self, name: str) -> None:
        """Have the release loaded that a rollback would return to. If it cannot be, a rollback will say so."""
        stack = self.registry.names[name].stack
        if len(stack) > 1:
            digest = self.registry.names[name].standing(stack[-2]).digest
            with contextlib.suppress(Exception):
                await self._ready(await asyncio.to_thread(registry.read, self._home, digest))

    async def _pinned(self, model: str, sees: Sees) -> Route:
        """The route of a release that is asked for by number. Raises Fault if it may not be served."""
        name, _, number = model.partition("@")
        known = self.registry.names.get(name)
        if known is None or (self._names and name not in self._names):
            raise Fault(f"no model is called {model}{registry.nearest(model, self.listed(sees))}")
        if number in ("", "live"):
            raise Fault(self.faults.get(name, f"{name} has no live release: promote one of its releases first."))
        if not number.isdecimal() or int(number) not in known.added:
            raise Fault(f"no release is called {model}{registry.nearest(model, self.listed(sees))}")
        standing = known.standing(int(number))
        if standing.reference in self._loaded:
            return self._loaded[standing.reference]
        if standing.status == "rejected" or (standing.status == "candidate" and standing.outcome != "pass"):
            raise Fault(f"{standing.reference} is not served: its verdict is {standing.outcome}.")
        route = await self._ready(await asyncio.to_thread(registry.read, self._home, standing.digest))
        with route:
            await self._evict()
        return route

    async def _ready(self, release: Release) -> Route:
        """The release's route, loaded and tried. Raises Fault if it does not load or does not answer."""
        async with self._lock(release.model):
            route = self._loaded.get(release.reference)
            if route is None:
                base, recipe = await asyncio.to_thread(self._load, release)
                route = Route(release.reference, release.digest, release.model, base, recipe.serve,
                              recipe.monitor.drift)
                route.fallback = self.fallbacks.of(route)
                self._loaded[release.reference] = route
            route.used = time.monotonic()
            return route

    def _load(self, release: Release) -> tuple[str, Recipe]:
        """On a thread: hold the model, ask it something; return its base's digest, and its recipe."""
        model = Model.model_validate(self._home.store.get_json(release.model))
        if self._bare.base and model.base != self._bare.base:
            raise Fault(f"{release.reference} was trained on base {model.base_name} ({short(model.base)}) and this "
                        f"gateway holds {short(self._bare.base)}: serve it from a gateway of its own.")
        with tempfile.TemporaryDirectory(dir=self._home.path, prefix="serve-") as into:
            self._engine.load(release.model, self._home.store.get_folder(model.files, Path(into)), model.adapter)
        try:
            self._engine.generate([Request(prompt="Hello", model=release.model, new_tokens=4)])
        except Exception as error:
            if all(route.model != release.model for route in list(self._loaded.values())):
                self._engine.unload(release.model)
            raise Fault(f"{release.reference} was loaded and did not answer ({error}): roll back, or mend it "
                        "and promote again.") from error
        recipe = Recipe.model_validate(self._home.store.get_json(release.recipe))
        if recipe.monitor.drift.sample:
            warm()
        return model.base, recipe

    async def _evict(self) -> None:
        """Unload releases that nobody needs, least recently used first, down to `RESIDENT`."""
        needed = {route.reference for route in self._live.values()}
        for name, known in self.registry.names.items():
            needed |= {f"{name}@{number}" for number in (*known.stack[-2:], *(a.number for a in known.arms.values()))}
        spare = sorted((route for route in self._loaded.values() if not route.active and route.reference not in needed),
                       key=lambda route: route.used)
        for route in spare[:max(0, len(self._loaded) - RESIDENT)]:
            async with self._lock(route.model or ""):
                if route.active:
                    continue
                del self._loaded[route.reference]
                if route.model and all(other.model != route.model for other in self._loaded.values()):
                    await asyncio.to_thread(self._engine.unload, route.model)

    def _lock(self, model_digest: str) -> asyncio.Lock:
        return self._locks.setdefault(model_digest, asyncio.Lock())

    def _tell(self, name: str, sentence: str) -> None:
        if self.faults.get(name) != sentence:
            self.faults[name] = sentence
            self._say("serve", sentence)
