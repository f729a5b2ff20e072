"""A step of preparation: it looks at one record and passes it on, changed or not, or leaves it out with a reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tunewright.core.examples import Example
from tunewright.core.provenance import Provenance

WHYS = ("", "withdrawn", "expired", "pii", "quality", "duplicate", "near", "leak", "balance", "share")
"""The words for why a record is left out, in the order in which it is decided; the first is for one that is kept."""


@dataclass(frozen=True)
class Prepared:
    """One record on its way. `scores` are quality figures by name; `pii` counts the spans that were found, by kind.

    `key` is the digest that it shares with every record that said the same when it was read (data/same.py), in
    hexadecimal. The system prompt of the recipe comes after the last step, and with it `example.id`.
    """

    example: Example
    provenance: Provenance
    scores: Mapping[str, float] = field(default_factory=dict)
    pii: Mapping[str, int] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True)
class LeftOut:
    """Why a record is not used: one of `WHYS`, and the reason, without naming a value that must not be seen."""

    why: str
    reason: str


Step = Callable[[Prepared], Prepared | LeftOut]
"""What a worker process runs on each record. Equal records give equal results."""
