"""A source of `kind: synthetic`: variations of another source's records, made by an engine, checked and reviewed."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.engine import EngineSpec
from tunewright.recipe.review import ReviewSpec
from tunewright.recipe.source import SourceSpec
from tunewright.recipe.spec import Positive, Spec


class JudgeSpec(Spec):
    """An engine that is asked yes or no about each draft."""

    engine: EngineSpec
    """Who judges; better not the one that wrote."""
    question: str = "Is the answer right, complete and harmless, and the question one that a person would ask?"
    """What is asked about a draft. What is not answered with yes is left out."""


class VerifySpec(Spec):
    """What a draft must pass before a person sees it, from the cheapest check to the dearest."""

    json_schema: str | None = None
    """A JSON Schema file, relative to the recipe, that the answer of every draft is held against."""
    near: Annotated[float, Field(ge=0.5, lt=1)] = 0.8
    """Similarity (Jaccard of its four-character shingles) to a seed or an earlier draft from which on it is no news."""
    answers: Annotated[int, Field(ge=0, le=32)] = 0
    """How often the engine answers the draft's question once more; 0 leaves this check out."""
    agree: Annotated[float, Field(gt=0, le=1)] = 0.6
    """Share of those answers that must be the draft's own, letter case, outer punctuation and JSON spacing aside."""
    judge: JudgeSpec | None = None
    """An engine that says yes or no."""


class SyntheticSpec(SourceSpec):
    """Variations of the records of another source. `path` is the review file where they wait for a person."""

    kind: Literal["synthetic"]
    """Records that an engine varies from those of another source."""
    path: Annotated[str, Field(pattern=r"^[^:]+\.jsonl$")]
    """The review file, relative to the recipe; it ends in `.jsonl`."""
    part: Literal["train"] = "train"
    """Always train: nothing is measured on what a model wrote."""
    seeds: str
    """`path` of the source in this recipe whose records are varied. Those held out are left alone."""
    engine: EngineSpec
    """Who writes the variations."""
    vary: Literal["record", "question"] = "record"
    """`record`: question and answer. `question`: the question alone, for the seed's own answer."""
    prompt: str | None = None
    """What the engine is told before it sees a seed, instead of the usual words."""
    each: Positive = 1
    """Variations of each seed."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.9
    """How freely tokens are drawn."""
    new_tokens: Positive = 1024
    """Longest answer, in tokens."""
    seed: int = 0
    """Another seed gives other variations."""
    share: Annotated[float, Field(gt=0, lt=1)] = 0.3
    """Most of the training part that may come from this source."""
    verify: VerifySpec = VerifySpec()
    """What a draft must pass."""
    review: ReviewSpec = ReviewSpec()
    """What a person must find."""
