"""The `data` section: where records come from and how to split them."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from tunewright.recipe.balance import BalanceSpec
from tunewright.recipe.canaries import CanariesSpec
from tunewright.recipe.duplicates import DuplicatesSpec
from tunewright.recipe.label import LabelSpec
from tunewright.recipe.pii import PiiSpec
from tunewright.recipe.quality import QualitySpec
from tunewright.recipe.source import SourceSpec
from tunewright.recipe.spec import Spec
from tunewright.recipe.synthetic import SyntheticSpec


class SimilarSpec(Spec):
    """Groups that no column names: records that resemble each other, directly or through others."""

    similar: Annotated[float, Field(ge=0.5, lt=1)]
    """Jaccard similarity of what two records ask from which they stay together, over `duplicates.shingle`."""


class TemplateSpec(Spec):
    """Groups that no column names: records made from one template, whatever names and numbers fill its gaps."""

    template: Annotated[float, Field(ge=0.3, lt=1)]
    """Jaccard similarity from which two records stay together: over the words of what they ask without names, numbers
    and masked values; 0.5 serves well."""


def _grouping(value: Any) -> str:
    """Which kind of group is meant, so that a fault speaks of that kind only."""
    if isinstance(value, TemplateSpec) or (isinstance(value, dict) and "template" in value):
        return "template"
    return "similar" if isinstance(value, dict | SimilarSpec) else "column"


class SplitSpec(Spec):
    """How records are divided. Records of one group never cross parts."""

    test: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Share of records held out for evaluation; unless given 0.2, or 0 when a source has `part: test`."""
    validation: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Share of records held out for early stopping; unless given 0.1, or 0 when a source has `part: validation`."""
    group: Annotated[Annotated[str, Tag("column")] | Annotated[SimilarSpec, Tag("similar")]
                     | Annotated[TemplateSpec, Tag("template")], Discriminator(_grouping)] | None = None
    """Column whose equal values stay together, e.g. `customer_id`; or `{similar: 0.8}` for records that ask nearly
    the same; or `{template: 0.5}` for those that do so but for names and numbers."""
    stratify: str | None = None
    """Column whose proportions are kept in every part; `response` means the answer itself."""
    seed: int = 0
    """Seed of the split."""

    @property
    def column(self) -> str | None:
        """The column that names a record's group, if one does."""
        return self.group if isinstance(self.group, str) else None


def _kind(value: Any) -> str:
    """Which kind of source is meant, so that a fault speaks of that kind only; an unknown one is told as a file's."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", "file")
    return kind if kind in ("synthetic", "label") else "file"


Source = Annotated[
    Annotated[SourceSpec, Tag("file")] | Annotated[SyntheticSpec, Tag("synthetic")]
    | Annotated[LabelSpec, Tag("label")],
    Discriminator(_kind),
]
Use = Literal["commercial", "internal", "research"]


class DataSpec(Spec):
    """Sources and their split."""

    use: Use | None = None
    """What the model is for, so that licences can be held against it: `commercial` (offered to others, for gain),
    `internal` (inside one organisation) or `research` (not for gain)."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    """Where the records come from."""
    fields: tuple[str, ...] = ()
    """Columns whose values are kept beside each record for `evaluate.slices` to divide by, e.g. `country`."""
    pii: PiiSpec | None = None
    """What is done with personal data and secrets in them; unless given they are not looked for."""
    split: SplitSpec = SplitSpec()
    """How they are divided."""
    duplicates: DuplicatesSpec = DuplicatesSpec()
    """Which records are learned once only, and what happens where the examination would be learned."""
    quality: QualitySpec | None = QualitySpec()
    """What is measured of them, and what is left out for it; null measures nothing."""
    balance: BalanceSpec | None = None
    """How often each kind of training record is learned from."""
    canaries: CanariesSpec | None = None
    """Random secrets planted in the training part, so that suite `privacy` can measure what the model keeps."""

    @model_validator(mode="after")
    def _labelled(self) -> "DataSpec":
        if self.balance and self.balance.by == "label" and not self.split.stratify:
            raise ValueError("`balance.by: label` needs `split.stratify`, which says what the label is; "
                             "`by: response` balances by the answer")
        return self
