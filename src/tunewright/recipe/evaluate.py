"""The `evaluate` section: suites, arms and scorers."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Spec

Scorer = Literal[
    "exact", "accuracy", "macro_precision", "macro_recall", "macro_f1", "micro_precision", "micro_recall", "micro_f1",
    "numeric", "regex", "bleu", "chrf", "rouge_1", "rouge_2", "rouge_l", "meteor", "json_valid", "json_schema",
    "field_f1", "pass", "loss", "brier", "ece"]


class EvaluateSpec(Spec):
    """What every arm is measured on."""

    suites: Annotated[tuple[Literal["task", "general"], ...], Field(min_length=1)] = ("task", "general")
    """`task`: the held-out split. `general`: what the base could already do."""
    arms: Annotated[tuple[Literal["base", "prompted", "tuned"], ...], Field(min_length=1)] = (
        "base", "prompted", "tuned")
    """`prompted` is the base with `shots` examples from the training part in its prompt."""
    scorers: Annotated[tuple[Scorer, ...], Field(min_length=1)] = ("exact", "loss")
    """How answers of the task suite are scored."""
    json_schema: str | None = None
    """JSON Schema file for scorer `json_schema`, relative to the recipe."""
    shots: Annotated[int, Field(ge=0)] = 4
    """Examples shown to the prompted base."""
    items: Annotated[int, Field(gt=0)] | None = None
    """Score at most so many held-out items (drawn with the seed)."""
    new_tokens: Annotated[int, Field(gt=0)] = 128
    """Longest answer, in tokens."""
    batch: Annotated[int, Field(gt=0)] = 32
    """Answers generated at once."""
    resamples: Annotated[int, Field(ge=100)] = 2000
    """Bootstrap resamples behind each interval."""
    seed: int = 0
    """Seed of sampling items, shots and resamples."""
