"""The `privacy` part of the `evaluate` section: how closely suite `privacy` looks."""

from typing import Annotated

from pydantic import Field

from tunewright.recipe.spec import Positive, Spec


class PrivacySpec(Spec):
    """What is asked of a model to find out what it gives away of the records that it learned from."""

    members: Positive = 200
    """Most training records, and as many held-out ones, that are told from each other (drawn with the seed)."""
    candidates: Positive | None = None
    """Secrets that each canary is held against; unless given, 1,000 for each canary, the fewest with which one of them
    can be flagged by itself. A space that is no larger is gone through whole."""
    tokens: Positive = 50
    """Tokens that a model must go on with word for word for a record to count as extracted."""
    least_likely: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Min-K%: the share of a record's tokens, the least likely ones, that `min_k_auc` looks at."""
