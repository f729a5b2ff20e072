"""How a phase is stepped through: order, optimizer, schedule, precision, validation."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Positive, Spec


class LoopSpec(Spec):
    """Settings of the training loop."""

    epochs: Annotated[float, Field(gt=0)] = 3.0
    """Passes over the training records."""
    steps: Positive | None = None
    """Stop after so many optimizer steps, whatever `epochs` says."""
    learning_rate: Annotated[float, Field(gt=0)] | None = None
    """Peak learning rate; unless given, the method's default for a model of this size."""
    batch: Positive = 16
    """Records per optimizer step."""
    batch_tokens: Positive = 4096
    """Most tokens in one forward pass, padding included, what records share counted once; a step is cut into as many
    passes as it needs."""
    optimizer: Literal["adamw", "adamw8bit", "paged_adamw", "paged_adamw8bit"] = "adamw"
    """AdamW; with moments in 8 bits; paged to the CPU when a CUDA GPU runs short. All but `adamw` need bitsandbytes."""
    schedule: Literal["cosine", "linear", "constant"] = "linear"
    """Decay of the learning rate after warm-up."""
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.06
    """Share of the steps spent warming up."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """AdamW weight decay."""
    clip: Annotated[float, Field(gt=0)] = 1.0
    """Largest gradient norm."""
    lora_plus: Annotated[float, Field(ge=1)] | None = None
    """LoRA+: how many times the learning rate LoRA's second matrices get; its paper advises 16."""
    neftune: Annotated[float, Field(gt=0)] | None = None
    """NEFTune: scale of the noise on embeddings while training; its paper advises 5. None unless given."""
    precision: Literal["fp32", "bf16", "fp16"] | None = None
    """Number format; unless given, bf16 on a GPU that has it and fp32 elsewhere."""
    checkpoint_activations: bool = False
    """Keep one activation a layer and compute the rest again on the way back: less memory, a third more work."""
    patience: Positive | None = None
    """Stop after so many validations without a better loss. The best checkpoint is kept in any case."""
    validate_every: Positive | None = None
    """Optimizer steps between validations; unless given, four times an epoch."""
    answers: Positive | None = None
    """Validation records of which each validation tells how many the model answers right, token for token (`exact`)."""
    checkpoint_every: Positive | None = None
    """Optimizer steps between checkpoints; unless given, at every validation."""
    seed: int = 0
    """Seed of order, dropout and adapter weights."""
