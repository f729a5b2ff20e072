"""Where the trainable capacity of a phase sits."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Positive, Spec


class MethodSpec(Spec):
    """A method and its settings."""

    method: Literal["full", "lora"] = "lora"
    """Where the trainable capacity sits."""
    rank: Positive = 16
    """LoRA rank."""
    alpha: Annotated[float, Field(gt=0)] | None = None
    """LoRA scale; twice the rank unless given."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """LoRA dropout, a share."""
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    """Modules that get an adapter."""
