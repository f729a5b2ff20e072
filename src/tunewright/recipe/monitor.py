"""The `monitor` section: how a canary is watched and grows, and what is watched afterwards."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tunewright.recipe.alert import AlertSpec
from tunewright.recipe.spec import Positive, Spec


class WatchSpec(Spec):
    """One rule over live traffic: a metric of the canary beside that of the live release."""

    metric: Literal["feedback", "kept", "valid", "agreement", "judged", "refused", "error", "slow"]
    """What is watched; docs/monitor.md says what each is."""
    drop_at_most: Annotated[float, Field(gt=0, le=1)] = 0.05
    """It must be shown not to be worse by more than this."""
    least: Positive = 50
    """Outcomes of each release before anything is said."""


class MonitorSpec(Spec):
    """How live traffic is watched."""

    rules: Annotated[tuple[WatchSpec, ...], Field(min_length=1)] = (
        WatchSpec(metric="feedback"), WatchSpec(metric="error", drop_at_most=0.02))
    """What is held against a canary; each must pass before it grows, and it is taken away as soon as one fails."""
    steps: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1)] = (0.1, 0.5)
    """Shares that a canary has one after another; when the last has passed it is made live."""
    step: Positive = 200
    """Answers that a canary gives at each share at least."""
    every: Annotated[float, Field(gt=0, le=3600)] = 5.0
    """Seconds between two looks."""
    slow: Annotated[float, Field(gt=0)] = 10.0
    """Seconds after which an answer is slow."""
    act: bool = True
    """Whether the monitor moves canaries by itself; otherwise it only says what it would do."""
    alerts: tuple[AlertSpec, ...] = ()
    """Who is told when a figure of live traffic leaves its bounds."""

    @model_validator(mode="after")
    def _rising(self) -> "MonitorSpec":
        if list(self.steps) != sorted(set(self.steps)):
            raise ValueError("`steps` are shares that rise, such as [0.1, 0.5]")
        return self
