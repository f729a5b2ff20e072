"""Another engine in the place of releases: opened once, and told by what it can prove of itself."""

from collections.abc import Callable
from dataclasses import replace

from tunewright.engine import Engine
from tunewright.recipe.monitor import DriftSpec
from tunewright.recipe.serve import FallbackSpec
from tunewright.serve.breaker import Breaker
from tunewright.serve.engines import elsewhere
from tunewright.serve.route import FALLBACK, Other, Route


class Fallbacks:
    """The fallback engines of one gateway. Releases that share one share what is known of its failures."""

    def __init__(self, opens: Callable[[FallbackSpec], Engine] = elsewhere) -> None:
        self._opens = opens
        self._opened: dict[str, tuple[Engine, Breaker]] = {}

    def of(self, route: Route) -> Route | None:
        """Where requests go in the place of a release, if its recipe says. Raises Fault if that cannot be opened.

        A server that is asked for the release's own digest answers as that release; any other answers as none.
        """
        spec = route.spec.fallback
        if spec is None:
            return None
        place = f"{spec.engine} {spec.upstream.model_dump_json() if spec.upstream else ''}"
        if place not in self._opened:
            self._opened[place] = self._opens(spec), Breaker()
        engine, breaker = self._opened[place]
        called = spec.upstream.model if spec.upstream else spec.engine
        same = "{digest}" in called and route.model is not None
        found = replace(route, spec=route.spec.model_copy(update={"price": spec.price}), active=0, breaker=breaker,
                        other=Other(engine, spec.engine, called.replace("{digest}", route.model or ""),
                                    route.reference))
        return found if same else replace(found, reference=FALLBACK, release=None, model=None, base="",
                                          drift=DriftSpec(sample=0))

    async def close(self) -> None:
        """Close them all."""
        for engine, _breaker in self._opened.values():
            closing = engine.close()
            if closing is not None:
                await closing
