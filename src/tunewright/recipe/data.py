"""The `data` section: where records come from and how to split them."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.source import SourceSpec
from tunewright.recipe.spec import Spec


class SplitSpec(Spec):
    """How records are divided. Records of one group never cross parts."""

    test: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Share of records held out for evaluation; unless given 0.2, or 0 when a source has `part: test`."""
    validation: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Share of records held out for early stopping; unless given 0.1, or 0 when a source has `part: validation`."""
    group: str | None = None
    """Column whose equal values stay together, e.g. `customer_id`."""
    stratify: str | None = None
    """Column whose proportions are kept in every part; `response` means the answer itself."""
    seed: int = 0
    """Seed of the split."""


Use = Literal["commercial", "internal", "research"]


class DataSpec(Spec):
    """Sources and their split."""

    use: Use | None = None
    """What the model is for, so that licences can be held against it: `commercial` (offered to others, for gain),
    `internal` (inside one organisation) or `research` (not for gain)."""
    sources: Annotated[tuple[SourceSpec, ...], Field(min_length=1)]
    """Where the records come from."""
    split: SplitSpec = SplitSpec()
    """How they are divided."""
