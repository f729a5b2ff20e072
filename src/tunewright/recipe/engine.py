"""Which engine a source asks: an endpoint that speaks OpenAI's API, a model here, or answers known beforehand."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Positive, Spec


class AddressSpec(Spec):
    """Where a model answers behind an HTTP endpoint that speaks OpenAI's API, and how patiently it is asked."""

    url: str
    """Where its API begins, e.g. `https://api.example.com/v1`."""
    model: str
    """The model's name at the endpoint."""
    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)] | None = None
    """Name of the environment variable that holds the key, never the key itself."""
    concurrency: Annotated[int, Field(gt=0, le=256)] = 8
    """Most requests under way at once."""
    timeout: Annotated[float, Field(gt=0)] = 60.0
    """Seconds for one try of one request."""
    retries: Annotated[int, Field(ge=0, le=20)] = 5
    """Tries after the first, when a failure may pass."""


class EndpointSpec(AddressSpec):
    """A model behind an HTTP endpoint that speaks OpenAI's API."""

    kind: Literal["openai"]
    """An endpoint that speaks OpenAI's API."""


class LocalSpec(Spec):
    """A model that runs here, on transformers."""

    kind: Literal["hf"]
    """A model that runs here."""
    base: str = "tiny"
    """`tiny`, a local folder, or a Hugging Face hub id."""
    revision: str | None = None
    """Hub commit or tag of the base."""
    model: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Whole digest of a model that was trained on this base, as `tunewright show NAME@N --json` tells it."""
    batch: Positive = 16
    """Most requests decoded together."""


class KnownSpec(Spec):
    """Answers that are known beforehand, for tests and first steps."""

    kind: Literal["fake"]
    """No model at all."""
    answers: Annotated[tuple[str, ...], Field(min_length=1)]
    """What is answered, in turn."""


EngineSpec = Annotated[EndpointSpec | LocalSpec | KnownSpec, Field(discriminator="kind")]
