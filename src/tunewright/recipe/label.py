"""A source of `kind: label`: rows without an answer, for which an engine proposes one that a person reviews."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tunewright.recipe.engine import EngineSpec
from tunewright.recipe.review import ReviewSpec
from tunewright.recipe.source import SourceSpec
from tunewright.recipe.spec import Positive


class LabelSpec(SourceSpec):
    """Rows of a file, each with the label that an engine proposes. `path` is the review file where they wait."""

    kind: Literal["label"]
    """Rows without an answer, for which an engine proposes one."""
    path: Annotated[str, Field(pattern=r"^[^:]+\.jsonl$")]
    """The review file, relative to the recipe; it ends in `.jsonl`."""
    part: Literal["train"] = "train"
    """Always train: nothing is measured on what a model proposed."""
    unlabelled: str
    """A .csv, .jsonl, .json or .parquet file of rows without answers, relative to the recipe."""
    column: str = "text"
    """Its column that holds what is asked."""
    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    """The labels to choose from. What is none of them counts as no answer."""
    engine: EngineSpec
    """Who proposes."""
    prompt: str | None = None
    """What the engine is told before it sees a row, instead of the usual words."""
    examples: str | None = None
    """`path` of a source in this recipe whose records are shown as examples. Those held out are not."""
    shots: Annotated[int, Field(ge=0, le=64)] = 4
    """How many of them are shown."""
    confidence: Literal["agreement", "probability"] = "agreement"
    """`agreement`: the share of `answers` that name the label. `probability`: what a model here (engine `hf`) gives it
    among all labels; nothing is drawn then."""
    answers: Annotated[int, Field(gt=0, le=32)] = 5
    """How often each row is asked for `agreement`."""
    confidence_at_least: Annotated[float, Field(ge=0, le=1)] = 0.6
    """A proposal with less is left out."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    """How freely tokens are drawn."""
    new_tokens: Positive = 32
    """Longest answer, in tokens."""
    seed: int = 0
    """Another seed gives other draws."""
    review: ReviewSpec = ReviewSpec()
    """What a person must find."""

    @model_validator(mode="after")
    def _probability_is_known_here_only(self) -> Self:
        if self.confidence == "probability" and self.engine.kind != "hf":
            raise ValueError(f"`confidence: probability` needs engine `hf`, and this one is `{self.engine.kind}`: "
                             "take `agreement`")
        return self
