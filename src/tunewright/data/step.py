"""A step of preparation: it looks at one record and passes it on, changed or not, or leaves it out with a reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tunewright.core.examples import Example
from tunewright.core.provenance import Provenance


@dataclass(frozen=True)
class Prepared:
    """One record on its way. `scores` are quality figures by name; `pii` counts the spans that were found, by kind."""

    example: Example
    provenance: Provenance
    scores: Mapping[str, float] = field(default_factory=dict)
    pii: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LeftOut:
    """Why a record is not used: one word (`expired`, `withdrawn`, `pii`, `quality`) and the reason, value unnamed."""

    why: str
    reason: str


Step = Callable[[Prepared], Prepared | LeftOut]
"""What a worker process runs on each record. It pickles, and equal records give equal results."""
