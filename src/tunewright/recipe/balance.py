"""The `balance` part of the `data` section: how often each kind of record is learned from."""

from typing import Literal

from pydantic import model_validator

from tunewright.recipe.spec import Positive, Spec


class BalanceSpec(Spec):
    """What to balance the training part by, and exactly one way to do it."""

    by: str = "label"
    """`label` (what `split.stratify` names), `response` (the answer), `source`, `length` (bins of doubling length),
    `language`, or the name of a column."""
    cap: Positive | None = None
    """Keep at most so many records of each value; which, follows from their hash."""
    up_sample: Positive | None = None
    """Repeat the records of each value until there are so many."""
    weight: Literal["inverse"] | None = None
    """`inverse`: the losses of each value's records count as much in sum as those of any other."""

    @model_validator(mode="after")
    def _one_way(self) -> "BalanceSpec":
        if sum(way is not None for way in (self.cap, self.up_sample, self.weight)) != 1:
            raise ValueError("balance needs exactly one of cap, up_sample, weight")
        return self
