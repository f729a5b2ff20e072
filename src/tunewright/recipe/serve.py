"""The `serve` and `monitor` sections."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Spec


class ServeSpec(Spec):
    """How releases answer."""

    engine: Literal["hf", "fake"] = "hf"
    """`hf` runs the model here; `fake` answers without a model, for tests."""
    batch: Annotated[int, Field(gt=0)] = 16
    """Most requests decoded together."""
    new_tokens: Annotated[int, Field(gt=0)] = 256
    """Longest answer, in tokens, when a request names none."""


class MonitorSpec(Spec):
    """Monitoring of live traffic. Nothing to set yet."""
