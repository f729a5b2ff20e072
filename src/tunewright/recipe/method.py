"""Where the trainable capacity of a phase sits."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tunewright.recipe.spec import Positive, Spec

_LORA = ("rank", "alpha", "dropout", "targets", "rslora", "dora")
SETTINGS: dict[str, tuple[str, ...]] = {
    "full": (), "lora": _LORA, "qlora": (*_LORA, "double_quantisation"), "hybrid": (*_LORA, "whole"),
    "adapter": ("bottleneck", "placement"), "prefix": ("virtual_tokens",), "prompt": ("virtual_tokens",),
    "bitfit": ("added",), "ia3": ()}
"""The settings that each method knows."""


class MethodSpec(Spec):
    """A method and its settings."""

    method: Literal["full", "lora", "qlora", "adapter", "prefix", "prompt", "bitfit", "ia3", "hybrid"] = "lora"
    """Where the trainable capacity sits."""
    rank: Positive = 16
    """LoRA rank."""
    alpha: Annotated[float, Field(gt=0)] | None = None
    """LoRA scale; twice the rank unless given."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """LoRA dropout, a share."""
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    """Modules that get a LoRA."""
    rslora: bool = False
    """Divide LoRA's scale by the root of the rank instead of the rank, which keeps large ranks learning."""
    dora: bool = False
    """Learn length and direction of each LoRA's weights apart: a little better, a good deal slower."""
    double_quantisation: bool = True
    """`qlora`: quantise the scales of the 4-bit weights too, which saves 0.37 bits a weight."""
    whole: tuple[str, ...] = ()
    """`hybrid`: modules that are trained in full, by pattern, e.g. `layers.3` or `layers.*.mlp`; LoRA on the rest."""
    bottleneck: Positive | None = None
    """`adapter`: width of the bottleneck; a sixteenth of the model's width unless given, and at least 8."""
    placement: Literal["houlsby", "pfeiffer"] = "pfeiffer"
    """`adapter`: after each feed-forward (`pfeiffer`), or after each attention too (`houlsby`)."""
    virtual_tokens: Positive = 20
    """`prefix` and `prompt`: how many learned tokens stand before every text."""

    added: bool = False
    """`bitfit`: add biases to the values of every layer and train those (PEFT's BEFT), for a base that has none."""

    @model_validator(mode="after")
    def _known_settings(self) -> "MethodSpec":
        fields = MethodSpec.model_fields
        given = [name for name in fields if name != "method" and getattr(self, name) != fields[name].default]
        known = SETTINGS[self.method]
        strange = [name for name in given if name not in known]
        if strange:
            knows = f"it knows {', '.join(known)}" if known else "it has no settings of its own"
            raise ValueError(f"method {self.method} does not know {' and '.join(strange)}: {knows}")
        if self.method == "hybrid" and not self.whole:
            raise ValueError("method hybrid needs `whole`: name the modules that are trained in full, e.g. [layers.3]")
        return self
