"""Releases beside the live one: who meets them, who answers in their place, who is only shown what is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.registry import Registry
from tunewright.serve.asked import Asked
from tunewright.serve.cohort import chosen, mirrored, point
from tunewright.serve.route import Route


@dataclass(frozen=True)
class Arms:
    """A view of a gateway's routes: what the ledger says, what is live, and what is loaded."""

    registry: Registry
    live: dict[str, Route]
    loaded: dict[str, Route]

    def split(self, model: str) -> bool:
        """Whether what is asked of a name is divided among releases, so that it matters who asks."""
        known = self.registry.names.get(model)
        return known is not None and bool(known.arms)

    def met(self, name: str, who: bytes, key: str) -> Route:
        """The release that a cohort of this key meets: that of an arm if it is loaded and well, else the live one."""
        known = self.registry.names[name]
        arm = chosen(list(known.arms.values()), point(name, who)) if known.arms else None
        route = self.loaded.get(f"{name}@{arm.number}") if arm else None
        return route if route and route.breaker.closed(key) else self.live[name]

    def behind(self, route: Route, key: str) -> Route | None:
        """Who answers in a release's place if it fails: the live release for an arm's, the one before for the live one.
        None if that is not loaded, or fails itself."""
        name, _, number = route.reference.partition("@")
        known = self.registry.names.get(name)
        if known is None or known.live is None:
            return None
        before = known.stack[-2] if len(known.stack) > 1 else None
        other = self.loaded.get(f"{name}@{before if str(known.live) == number else known.live}")
        return other if other and other is not route and other.breaker.closed(key) else None

    def well(self, route: Route, asked: Asked, key: str) -> Route:
        """The route itself; while a live release is left alone, who answers in its place."""
        if "@" in asked.model or self.of(route) or route.breaker.closed(key):
            return route
        return self.instead([route], "resting", asked, key) or route

    def instead(self, tried: Sequence[Route], cause: str, asked: Asked, key: str) -> Route | None:
        """Who answers in the place of the first of `tried`, where all of them failed: the release behind it, else its
        fallback. None for who asks for a release by its number."""
        if "@" in asked.model:
            return None
        behind = self.behind(tried[0], key)
        if behind and behind not in tried:
            return behind
        other = self.elsewhere(tried[0], cause, asked, key)
        return other if other not in tried else None

    def elsewhere(self, route: Route, cause: str, asked: Asked, key: str) -> Route | None:
        """The fallback of a release, if it is asked for such a `cause` (`error`, `timeout`, `resting` after several of
        them, or `overload`), offers what is asked, has a place, and does not fail itself."""
        spec, other = route.spec.fallback, route.fallback
        if "@" in asked.model or spec is None or other is None or other.other is None:
            return None
        causes = {"error", "timeout"} if cause == "resting" else {cause}
        fits = causes & set(spec.on) and other.active < spec.concurrency and (
            other.other.engine.offers >= asked.beyond().keys())
        return other if fits and other.breaker.closed(key) else None

    def of(self, route: Route) -> str:
        """The arm that a route is on; empty for the live release."""
        known = self.registry.names.get(route.reference.partition("@")[0])
        if known is None or not known.arms:
            return ""
        return next((arm.name for arm in known.arms.values() if route.reference.endswith(f"@{arm.number}")), "")

    def shadows(self, route: Route, who: bytes) -> list[Route]:
        """The releases that are shown what a cohort asked of this one's name, if it is the live one."""
        name = route.reference.partition("@")[0]
        known = self.registry.names.get(name)
        if known is None or not known.arms or self.live.get(name) is not route:
            return []
        found = [self.loaded.get(f"{name}@{arm.number}")
                 for arm in mirrored(list(known.arms.values()), point(name, who, "shadow"))]
        return [one for one in found if one is not None]
