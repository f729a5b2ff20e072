"""Scorers by name, and what some need to be told."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Spec

Scorer = Literal[
    "exact", "accuracy", "precision", "recall", "f1", "macro_precision", "macro_recall", "macro_f1", "micro_precision",
    "micro_recall", "micro_f1", "numeric", "regex", "bleu", "corpus_bleu", "chrf", "rouge_1", "rouge_2", "rouge_l",
    "meteor", "bertscore", "json_valid", "json_schema", "field_f1", "pass", "pass_2", "pass_5", "pass_10", "loss",
    "perplexity", "bits_per_byte", "brier", "ece"]

LIKELIHOODS = ("loss", "perplexity", "bits_per_byte")
"""Scorers that compare no answers: how likely the model finds the expected one."""
BY_LABEL = ("precision", "recall", "f1")
"""Scorers that are a metric for each label: `task/f1/refund`."""
PASSES = {"pass_2": 2, "pass_5": 5, "pass_10": 10}
"""Scorers that ask whether one of so many answers passes."""


class EncoderSpec(Spec):
    """The encoder of scorer `bertscore`."""

    path: str
    """Folder of the encoder (safetensors and tokenizer), relative to the recipe."""
    layer: Annotated[int, Field(ge=0)] | None = None
    """The layer whose states are compared, 0 being the embeddings; the last one unless given."""
