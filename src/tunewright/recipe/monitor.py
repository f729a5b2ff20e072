"""The `monitor` section: how a canary is watched and grows, and what is watched afterwards."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from tunewright.recipe.alert import AlertSpec
from tunewright.recipe.engine import AddressSpec, EngineSpec
from tunewright.recipe.judge import CRITERIA
from tunewright.recipe.spec import Positive, Spec


class WatchSpec(Spec):
    """One rule over live traffic: a metric of the canary beside that of the live release."""

    metric: Literal["feedback", "kept", "valid", "agreement", "judged", "refused", "error", "slow"]
    """What is watched; docs/monitor.md says what each is."""
    drop_at_most: Annotated[float, Field(gt=0, le=1)] = 0.05
    """It must be shown not to be worse by more than this."""
    at_least: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Of `agreement`, in place of `drop_at_most`: the shadow must be shown to agree in this share of answers."""
    least: Positive = 50
    """Outcomes of each release before anything is said."""

    @model_validator(mode="after")
    def _level(self) -> "WatchSpec":
        if (self.metric == "agreement") != (self.at_least is not None):
            raise ValueError("a shadow agrees by itself, and all else is held against the live release: write "
                             "`{metric: agreement, at_least: 0.9}`, or another metric with `drop_at_most`")
        return self


class JudgedSpec(Spec):
    """Who rates a sample of live answers, for metric `judged`. The monitor asks, never the gateway."""

    engine: EngineSpec
    """Who judges."""
    sample: Annotated[float, Field(gt=0, le=1)] = 0.02
    """Share of answers that are rated, of those whose text the policy keeps."""
    criteria: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], str], Field(min_length=1)] = CRITERIA
    """What is asked of an answer, by the criterion's name; each is rated from 1 to 5."""


EncoderSpec = Annotated[
    Annotated[Literal["letters", "words"], Tag("parts")] | Annotated[AddressSpec, Tag("address")],
    Discriminator(lambda value: "address" if isinstance(value, dict | AddressSpec) else "parts")]
"""What tells which questions are alike."""


class DriftSpec(Spec):
    """How what is asked and answered is held against what it was when the release became live."""

    sample: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Share of answers of which figures are kept beside their record: lengths, languages, and sketches of the words.
    0 watches nothing."""
    window: Annotated[int, Field(ge=50)] = 500
    """Sampled answers of a window; the first ones after a release became live are what later ones are held against."""
    encoder: EncoderSpec = "letters"
    """What a text's sketch is made of: its runs of three letters, or its words, each hashed. Or where an encoder is
    asked by the monitor for the embeddings of questions whose text the policy keeps: `{url: https://…/v1, model: NAME,
    key: ENV_NAME}`."""


class MonitorSpec(Spec):
    """How live traffic is watched."""

    rules: Annotated[tuple[WatchSpec, ...], Field(min_length=1)] = (
        WatchSpec(metric="feedback"), WatchSpec(metric="error", drop_at_most=0.02))
    """What is held against a canary; each must pass before it grows, and it is taken away as soon as one fails."""
    steps: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1)] = (0.1, 0.5)
    """Shares that a canary has one after another; when the last has passed it is made live."""
    step: Positive = 200
    """Answers that a canary gives at each share at least."""
    slow: Annotated[float, Field(gt=0)] = 10.0
    """Seconds after which an answer is slow."""
    act: bool = True
    """Whether the monitor moves canaries by itself; otherwise it only says what it would do."""
    judge: JudgedSpec | None = None
    """Who rates a sample of answers; nobody, unless said."""
    drift: DriftSpec = DriftSpec()
    """What is watched once a release is live."""
    on_drift: Literal["tell", "retrain"] = "tell"
    """Whether an alarm is only an entry of the ledger, or also starts the recipe's run."""
    every: Annotated[str, Field(pattern=r"^[1-9]\d{0,3}[dmy]$")] | None = None
    """Start the recipe's run when the live release is so old, e.g. `90d`, whatever was seen."""
    alerts: tuple[AlertSpec, ...] = ()
    """Who is told when a figure of live traffic leaves its bounds."""

    @model_validator(mode="after")
    def _rising(self) -> "MonitorSpec":
        if list(self.steps) != sorted(set(self.steps)):
            raise ValueError("`steps` are shares that rise, such as [0.1, 0.5]")
        if self.judge is None and any(rule.metric == "judged" for rule in self.rules):
            raise ValueError("a rule on `judged` needs somebody who judges: name one in `monitor.judge`")
        return self
