"""How many drafts a person looks at, and how many of them must be right."""

from typing import Annotated

from pydantic import Field

from tunewright.recipe.spec import Positive, Spec


class ReviewSpec(Spec):
    """What decides whether drafts that nobody looked at may be used."""

    sample: Positive = 100
    """Drafts that a person decides on; all of them, if there are fewer."""
    accept_at_least: Annotated[float, Field(gt=0, lt=1)] = 0.9
    """Share of the sample to be accepted as it stands, which the 95 % interval must show."""
