"""One entry of `data.sources`: where records come from, on what licence and lawful basis, and in what format."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from tunewright.recipe.spec import Spec

Basis = Literal["consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"]
Part = Literal["train", "validation", "test"]


class ColumnsSpec(Spec):
    """Two columns: what the user says and what the assistant answers."""

    prompt: str
    """Column holding the user's text."""
    response: str
    """Column holding the assistant's answer (text, or a JSON object that is written as compact JSON)."""


class TextSpec(Spec):
    """One column of raw text."""

    text: str = "text"
    """Column holding the text."""


def _shape(value: Any) -> str:
    """Which kind of format is meant, so that a fault speaks of that kind only."""
    if isinstance(value, dict):
        return "text" if "text" in value else "columns"
    if isinstance(value, TextSpec):
        return "text"
    return "columns" if isinstance(value, ColumnsSpec) else "named"


Named = Literal["chat", "sharegpt", "alpaca", "text", "preference"]
Format = Annotated[
    Annotated[Named, Tag("named")] | Annotated[ColumnsSpec, Tag("columns")] | Annotated[TextSpec, Tag("text")],
    Discriminator(_shape),
]


class SourceSpec(Spec):
    """One declared origin of records."""

    path: str
    """A .csv, .jsonl, .json or .parquet file relative to the recipe, or `hub:owner/name` for a Hugging Face dataset."""
    format: Format = "chat"
    """`chat` (messages), `sharegpt`, `alpaca`, `text`, `preference`, or a mapping `{prompt: COLUMN, response: COLUMN}`
    or `{text: COLUMN}`."""
    license: str
    """SPDX identifier of the licence, e.g. `CC-BY-4.0`, or `proprietary` for your own data."""
    basis: Basis
    """Lawful basis under GDPR article 6."""
    retention: Annotated[str, Field(pattern=r"^\d+[dmy]$")] | None = None
    """How long the records may be kept: a number with d, m or y, e.g. `2y`."""
    part: Part | None = None
    """Puts all of this source into one part instead of splitting it, e.g. `test` for a given test file."""
    system: str | None = None
    """System prompt put before each conversation that has none."""
    rows: Annotated[int, Field(gt=0)] | None = None
    """Take only the first so many rows."""
    subset: str | None = None
    """Hub configuration name, for `hub:` paths."""
    hub_split: str = "train"
    """Hub split to read, for `hub:` paths."""
    revision: str | None = None
    """Hub commit or tag, for `hub:` paths; a full commit needs no network once it is cached."""
