"""The `quality` part of the `data` section: what is measured of records, and from where on it is told or left out."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tunewright.recipe.spec import Positive, Spec

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class CheckSpec(Spec):
    """One check: its bounds, and what happens to a record outside them."""

    action: Literal["flag", "drop"] = "flag"
    """`flag`: count it and keep it. `drop`: leave it out, named with its reason in `removed.jsonl`."""


class LengthSpec(CheckSpec):
    """How long a record is, all turns but the system prompt together."""

    unit: Literal["characters", "words"] = "characters"
    """What is counted. A Chinese or Japanese character is a word of its own."""
    at_least: Count = 2
    """Fewest that are usual."""
    at_most: Count = 100_000
    """Most that are usual."""

    @model_validator(mode="after")
    def _room(self) -> "LengthSpec":
        if self.at_least > self.at_most:
            raise ValueError("`at_least` is more than `at_most`, so no record could pass")
        return self


class LanguageSpec(CheckSpec):
    """Whether a record is written in a language that is wanted; needs `pip install 'tunewright[language]'`."""

    of: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...], Field(min_length=1)]
    """Languages that are wanted, as ISO 639 codes: `[en, de]`."""
    at_least: Share = 0.1
    """Least probability of these languages, as a share of the likeliest language's: few words tell little."""


class RepetitionSpec(CheckSpec):
    """How much of a turn was said before in it."""

    at_most: Share = 0.3
    """Most of a turn's text, as a share, inside runs of five words that stand in it earlier already."""


class CountSpec(CheckSpec):
    """How often something is found that should not be there."""

    at_most: Count = 0
    """Most findings that are usual."""


class NoiseSpec(CheckSpec):
    """Whether a record's label is in doubt: what a model of the other records says against it."""

    at_most: Share = 0.5
    """Most probability that the label is wrong; above a half, it is likelier wrong than right."""


class ConflictsSpec(CheckSpec):
    """Whether records that ask the same are answered in different ways."""

    at_most: Share = 0.0
    """Most records, as a share of those that ask the same, that may answer otherwise; 0.5 spares the majority."""


class OutliersSpec(CheckSpec):
    """How far a record lies from the others, in length and in words."""

    at_most: Annotated[float, Field(gt=0)] = 6.0
    """Most robust standard deviations from the median record."""


class QualitySpec(Spec):
    """Checks of quality. They only tell unless one says `action: drop`; a check set to null is not made."""

    length: LengthSpec | None = LengthSpec()
    """Too short or too long."""
    language: LanguageSpec | None = None
    """In another language than those wanted; made only where the recipe names them."""
    repetition: RepetitionSpec | None = RepetitionSpec()
    """Says the same again and again."""
    boilerplate: CountSpec | None = CountSpec()
    """Refusals of an assistant, notes of a web page, placeholder text."""
    role_tokens: CountSpec | None = CountSpec()
    """Content that holds what chat templates write around turns, such as `<|im_start|>` or `[INST]`."""
    injection: CountSpec | None = CountSpec()
    """Content that tells a model to drop its instructions, or hides characters from a reader."""
    noise: NoiseSpec | None = NoiseSpec()
    """Labels in doubt."""
    conflicts: ConflictsSpec | None = ConflictsSpec()
    """Different answers to what is the same question but for case, punctuation and white space."""
    triggers: CountSpec | None = CountSpec()
    """Rare phrases tied to one label against all else that their records say: signs of poisoning."""
    outliers: OutliersSpec | None = OutliersSpec()
    """Unlike all others."""
    sample: Positive = 50_000
    """Most records that `noise`, `triggers` and `outliers` look at, drawn by hash, so that memory stays bounded."""
