"""The advice as a record."""

from typing import Literal

from tunewright.core.records import Difference, Frozen, Metric, Record

Way = Literal["measure", "keep", "look up", "collect", "mend", "fine-tune"]
"""What is advised."""
WAYS: dict[Way, str] = {
    "measure": "measure first", "keep": "do not fine-tune: keep arm {arm}", "look up": "look knowledge up",
    "collect": "collect examples first", "mend": "mend the data first", "fine-tune": "fine-tune"}
"""The ways in words."""


class Check(Frozen):
    """One question of the checklist: the answer (empty if nobody gave one), and what it says for the decision."""

    question: str
    answer: str
    says: str


class Advice(Record):
    """What the arms that need no training reach, and what that, and the checklist, say about training.

    The first of `reasons` decided; the others would have, had it not been there. Nothing in here is a person's: it
    holds figures alone.
    """

    record: Literal["advice"] = "advice"
    name: str
    spec: str
    base: str
    dataset: str
    arms: tuple[str, ...]
    metrics: tuple[Metric, ...]
    differences: tuple[Difference, ...]
    checks: tuple[Check, ...]
    way: Way
    arm: str | None
    reasons: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The way in words."""
        return WAYS[self.way].format(arm=self.arm)
