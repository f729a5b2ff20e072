"""The `gate` section: rules over a report."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tunewright.recipe.spec import Spec

MARGIN = 0.05
"""What may usually be forgotten of suite `general`: so much a rule on it allows that has no bound."""
_BOUNDS = ("at_least", "at_most", "drop_at_most", "rise_at_least")
CARD = "card/complete"
"""The metric that no item has: the share of the fields of the dataset's and the model's card that are filled in."""


class RuleSpec(Spec):
    """One rule: a metric and exactly one bound."""

    metric: str
    """`suite/metric`, e.g. `task/exact`; `*` matches any, e.g. `general/*`. `card/complete`: the share of the fields of
    the cards that are filled in."""
    at_least: float | None = None
    """The tuned arm's interval must lie at or above this."""
    at_most: float | None = None
    """The tuned arm's interval must lie at or below this."""
    drop_at_most: Annotated[float, Field(ge=0)] | None = None
    """The paired drop against `against` must be shown to be at most this; of `general`, 0.05 unless a rule says
    otherwise."""
    rise_at_least: float | None = None
    """The paired rise over `against` must be shown to be at least this."""
    against: Literal["base", "prompted", "retrieval", "tools", "endpoint", "live"] = "base"
    """What `drop_at_most` and `rise_at_least` compare with: an arm. `live`: the release now live; no rule if there is
    none."""

    by: str | None = None
    """Judge every slice of this field by itself, not the whole; a field of `evaluate.slices`."""

    @model_validator(mode="before")
    @classmethod
    def _usual_margin(cls, value: Any) -> Any:
        """A rule on `general` that says nothing else allows the usual margin."""
        if isinstance(value, dict) and str(value.get("metric", "")).startswith("general/") and not any(
                value.get(bound) is not None for bound in _BOUNDS):
            return {**value, "drop_at_most": MARGIN}
        return value

    @model_validator(mode="after")
    def _one_bound(self) -> "RuleSpec":
        bounds = [getattr(self, bound) for bound in _BOUNDS]
        if sum(bound is not None for bound in bounds) != 1:
            raise ValueError("a rule needs exactly one of at_least, at_most, drop_at_most, rise_at_least")
        if self.metric == CARD and (self.at_least is None or self.by):
            raise ValueError("a card is complete or it is not: write `{metric: card/complete, at_least: 1}`")
        return self
