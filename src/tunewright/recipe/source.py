"""One entry of `data.sources`: where records come from, on what licence and lawful basis, and in what format."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from tunewright.core.licenses import KNOWN, named
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


class ByColumn(Spec):
    """A value that each record holds itself."""

    column: str
    """Column holding the value."""


def _day(value: Any) -> Any:
    """A day as YAML or JSON has it. Numbers and other ways to write a day are refused: they can be read two ways."""
    if type(value) is date or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
        return value
    raise ValueError("should be a day such as 2026-03-01, or the column that holds it, `{column: NAME}`")


def _whose(value: Any) -> str:
    """Whether the source has one value or each record its own, so that a fault speaks of that way only."""
    return "by_column" if isinstance(value, dict | ByColumn) else "value"


Day = Annotated[Annotated[date, BeforeValidator(_day), Tag("value")] | Annotated[ByColumn, Tag("by_column")],
                Discriminator(_whose)]
Reference = Annotated[Annotated[str, Tag("value")] | Annotated[ByColumn, Tag("by_column")], Discriminator(_whose)]
License = Annotated[str, AfterValidator(named), Field(json_schema_extra={"examples": sorted(KNOWN)})]


class ConsentSpec(Spec):
    """The consent that a source's records rest on."""

    date: Day
    """Day of the consent, or `{column: NAME}` where each record has its own; a record without one is refused."""
    reference: Reference
    """What proves it, e.g. a form's number, or `{column: NAME}`."""


class SourceSpec(Spec):
    """One declared origin of records."""

    kind: Literal["file", "synthetic", "label"] = "file"
    """`file`: records that are there. `synthetic`: variations that an engine makes of another source's records.
    `label`: rows without an answer, for which an engine proposes one."""
    path: str
    """A .csv, .jsonl, .json (each also as .gz or .zst) or .parquet file relative to the recipe, a folder of them, a
    pattern such as `data/*.jsonl`, or `hub:owner/name` for a Hugging Face dataset."""
    format: Format = "chat"
    """`chat` (messages), `sharegpt`, `alpaca`, `text`, `preference`, or a mapping `{prompt: COLUMN, response: COLUMN}`
    or `{text: COLUMN}`."""
    license: License
    """SPDX identifier of the licence: `CC0-1.0`, `CC-BY-4.0`, `CC-BY-SA-4.0`, `CC-BY-NC-4.0`, `MIT`, `Apache-2.0`,
    `ODC-By-1.0` or another that docs/provenance.md lists; `proprietary` for your own data; `LicenseRef-NAME` for any
    other."""
    basis: Basis
    """Lawful basis under GDPR article 6: `consent`, `contract`, `legal_obligation`, `vital_interests`, `public_task`
    or `legitimate_interests`."""
    consent: ConsentSpec | None = None
    """With `basis: consent`, its date and reference, e.g. `{date: 2026-03-01, reference: form 12}`."""
    subject: str | None = None
    """Column that names the person whom a record is about, e.g. `customer_id`, so that the person can withdraw."""
    collected: Day | None = None
    """Day on which the records were collected, or `{column: NAME}`; `retention` counts from it."""
    retention: Annotated[str, Field(pattern=r"^[1-9]\d{0,3}[dmy]$")] | None = None
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

    @model_validator(mode="after")
    def _consent_goes_with_its_basis(self) -> Self:
        if self.basis == "consent" and self.consent is None:
            raise ValueError("`basis: consent` needs its date and reference: add `consent: {date: 2026-03-01, "
                             "reference: form 12}`, each of which may be `{column: NAME}`")
        if self.basis != "consent" and self.consent is not None:
            raise ValueError(f"`consent` is given, and the basis is {self.basis}: state one of the two")
        return self
