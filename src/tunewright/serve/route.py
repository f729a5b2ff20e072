"""A route: one release, ready to answer."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tunewright.core.digest import short
from tunewright.recipe import ServeSpec
from tunewright.recipe.monitor import DriftSpec
from tunewright.serve.breaker import Breaker
from tunewright.serve.policy import Policy

BASE = "base"
"""The model name of the bare base."""


@dataclass(eq=False)
class Route:
    """One release, ready to answer. `reference` is `name@number`; `release` and `model` are None for the base."""

    reference: str
    release: str | None
    model: str | None
    base: str
    spec: ServeSpec = field(default_factory=ServeSpec)
    drift: DriftSpec = field(default_factory=DriftSpec)
    active: int = 0
    breaker: Breaker = field(default_factory=Breaker)
    used: float = field(default_factory=time.monotonic)

    @cached_property
    def policy(self) -> Policy:
        """What may be read, said and kept of it."""
        return Policy(self.spec.policy)

    def sampled(self, number: str) -> bool:
        """Whether figures of the answer with this (random, hexadecimal) number are kept."""
        return int(number[:8], 16) < self.drift.sample * (1 << 32)

    @property
    def fingerprint(self) -> str:
        """Release and model in one word, for `system_fingerprint`."""
        return f"{self.reference}-{short(self.model or self.base)}"

    @contextlib.contextmanager
    def bound(self) -> Iterator[None]:
        """Keeps the route loaded while a request holds it."""
        self.active += 1
        self.used = time.monotonic()
        try:
            yield
        finally:
            self.active -= 1
