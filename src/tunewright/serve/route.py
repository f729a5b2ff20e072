"""A route: one release, ready to answer."""

import time
from dataclasses import dataclass, field
from functools import cached_property

from tunewright.core.digest import short
from tunewright.engine import Engine
from tunewright.recipe import ServeSpec
from tunewright.recipe.monitor import DriftSpec
from tunewright.serve.breaker import Breaker
from tunewright.serve.limits import Bucket
from tunewright.serve.policy import Policy

BASE = "base"
"""The model name of the bare base."""
SAMPLES = 600
"""Answers of a release whose figures are kept in a minute, at most."""
FALLBACK = "fallback"
"""What answers another model than a release's, on another engine, are told by."""


@dataclass(frozen=True)
class Other:
    """Another engine than the gateway's: its kind, what the model is called there, and in whose place it answers."""

    engine: Engine
    kind: str
    model: str
    place_of: str


@dataclass(eq=False)
class Route:
    """One release, ready to answer. `reference` is `name@number`; `release` and `model` are None for the base.

    `fallback` leads to another engine, which answers in its place; of such a route `other` says which.
    """

    reference: str
    release: str | None
    model: str | None
    base: str
    spec: ServeSpec = field(default_factory=ServeSpec)
    drift: DriftSpec = field(default_factory=DriftSpec)
    active: int = 0
    breaker: Breaker = field(default_factory=Breaker)
    used: float = field(default_factory=time.monotonic)
    other: Other | None = None
    fallback: "Route | None" = None
    _samples: Bucket = field(default_factory=lambda: Bucket(SAMPLES, time.monotonic()))

    @cached_property
    def policy(self) -> Policy:
        """What may be read, said and kept of it."""
        return Policy(self.spec.policy)

    def sampled(self, number: str) -> bool:
        """Whether figures of the answer with this (random, hexadecimal) number are kept."""
        if int(number[:8], 16) >= self.drift.sample * (1 << 32) or self._samples.wait(1, time.monotonic()):
            return False
        self._samples.left -= 1
        return True

    @cached_property
    def fingerprint(self) -> str:
        """Release and model in one word, for `system_fingerprint`."""
        return f"{self.reference}-{short(self.model or self.base) or self.identity}"

    @property
    def identity(self) -> str:
        """The digest of the model that answers; of one that is none of ours, its name there."""
        return self.model or self.base or (self.other.model if self.other else "")

    def __enter__(self) -> "Route":
        """Inside `with route`, it stays loaded."""
        self.active += 1
        self.used = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        """The request that held it has ended."""
        self.active -= 1
