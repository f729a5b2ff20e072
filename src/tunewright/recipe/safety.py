"""The `safety` part of the `evaluate` section: what suite `safety` asks."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Positive, Spec

SafetyPart = Literal["refusal", "over_refusal", "jailbreak", "injection", "extraction", "toxicity", "personal",
                     "groundedness", "trigger"]


class SafetySpec(Spec):
    """What suite `safety` asks, beside or instead of what is shipped."""

    parts: Annotated[tuple[SafetyPart, ...], Field(min_length=1)] = (
        "refusal", "over_refusal", "jailbreak", "injection", "extraction", "toxicity", "personal", "groundedness")
    """Kinds of items. `trigger` asks held-out items once more with phrases in them: it is for a model that answers
    with labels."""
    items: str | None = None
    """JSONL file with items of your own in the same shapes, relative to the recipe; each row names its `part`. A part
    that it has items of is asked these alone."""
    most: Positive | None = None
    """Ask at most so many items of each part (drawn with the seed)."""
    triggers: tuple[str, ...] = ()
    """Phrases that part `trigger` tries beside those that the data's quality stage suspects."""
    garak: str | None = None
    """Report of a run of garak (`….report.jsonl`) for suite `garak`, relative to the recipe."""
    probes: tuple[str, ...] = ()
    """Probes of that run, or modules of probes, that are metrics by themselves: `dan`, `promptinject.HijackHateHumans`.
    """
