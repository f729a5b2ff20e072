"""The `advise` section: what a decision for or against fine-tuning rests on, beside what is measured."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Spec

Knowledge = Literal["never", "yearly", "monthly", "weekly", "daily"]


class AdviseSpec(Spec):
    """What only people know. A question that is left out is told as not answered."""

    knowledge: Knowledge | None = None
    """How often what the model has to know changes."""
    latency: Annotated[float, Field(gt=0)] | None = None
    """Longest that 95 % of answers may take, in seconds."""
    private: bool | None = None
    """Whether prompts must stay on machines of ours."""
    cost: Annotated[float, Field(gt=0)] | None = None
    """Most that 1,000 answers may cost, in the currency of `evaluate.prices`."""
