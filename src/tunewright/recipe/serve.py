"""The `serve` section: how releases answer."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tunewright.recipe.spec import Positive, Spec

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class UpstreamSpec(Spec):
    """A server that speaks OpenAI's API and holds the models."""

    url: str
    """Where its API begins, e.g. `http://127.0.0.1:9000/v1`."""
    model: Annotated[str, Field(min_length=1)] = "{digest}"
    """The name of a release's model there; `{digest}` stands for the model's digest. A name without it is one model,
    whatever release is live here."""
    base: str | None = None
    """The name of the bare base there; unless given, `base` is not answered."""
    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)] | None = None
    """Name of the environment variable that holds its key, never the key itself."""
    connections: Positive = 256
    """Most connections kept to it."""


class HfSpec(Spec):
    """What engine `hf` keeps in memory beside weights: keys and values, whose size for a token is the base's."""

    tokens: Positive = 65_536
    """Tokens of answers under way and their prompts, all rows counted at the length of the longest; more requests
    wait. One request has room whatever its length."""
    beginnings: Annotated[int, Field(ge=0)] = 256
    """MiB for what prompts begin with, so that it is computed once; 0 keeps none."""


class VllmSpec(Spec):
    """vLLM servers that hold the base and take adapters while they run: ones that run already, or ours to start."""

    urls: tuple[str, ...] = ()
    """Where the APIs of running ones begin, e.g. `http://10.0.0.7:8000/v1`; unless given, `replicas` are started."""
    replicas: Positive = 1
    """How many to start."""
    command: tuple[str, ...] = ("vllm", "serve")
    """What starts one; the base's folder, name, port and `--enable-lora` are put behind it."""
    arguments: tuple[str, ...] = ()
    """More arguments, e.g. `[--max-lora-rank, "64"]`."""
    port: Annotated[int, Field(gt=0, le=65_535)] = 8100
    """Port of the first one; the others follow."""
    start: Seconds = 600.0
    """Seconds in which one must be ready."""
    adapters: str | None = None
    """Folder that gateway and servers both see at this path, for adapters; unless given, one in the state folder."""
    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)] | None = None
    """Name of the environment variable that holds the servers' key, never the key itself."""


class LimitsSpec(Spec):
    """What keeps a gateway upright when more is asked than it can answer."""

    concurrency: Positive = 128
    """Answers under way at once."""
    queue: Annotated[int, Field(ge=0)] = 128
    """Requests that may wait for a place; one more is told to come back (429)."""
    wait: Seconds = 30.0
    """Seconds that a request waits for a place at most."""
    answer: Seconds = 600.0
    """Seconds that an answer may take."""
    first: Seconds | None = None
    """Seconds in which an answer must have begun, or be there if it is wanted whole; then the release behind this one
    answers, if there is one."""
    headers: Seconds = 10.0
    """Seconds in which a request's headers must have come."""
    body: Seconds = 30.0
    """Seconds in which a request's body must have come."""
    size: Positive = 4 << 20
    """Bytes that a request's body may have."""
    upload: Positive = 512 << 20
    """Bytes that an uploaded file may have."""


class PolicySpec(Spec):
    """What may be read, said and kept."""

    pii: Literal["off", "mask", "refuse"] = "off"
    """Personal data and secrets in prompts and answers: `mask` puts a label in place before the model, and the client,
    see them; `refuse` answers neither."""
    audit: Literal["digest", "text"] = "digest"
    """Whether the audit trail keeps digests of prompt and answer, or their text as well."""
    retention: Annotated[str, Field(pattern=r"^[1-9]\d{0,3}[dmy]$")] | None = None
    """How long the audit trail is kept, the same for all names of a gateway: a number with d, m or y, e.g. `6m`; unless
    given, for good."""


class PriceSpec(Spec):
    """What a million tokens cost, in whatever currency budgets are in."""

    read: Annotated[float, Field(ge=0)] = 0.0
    """Of the prompt."""
    written: Annotated[float, Field(ge=0)] = 0.0
    """Of the answer."""


class FallbackSpec(Spec):
    """Another engine, which answers where no release does."""

    engine: Literal["openai", "fake"] = "openai"
    """`openai` asks the server that `upstream` names; `fake` answers without a model, for tests."""
    upstream: UpstreamSpec | None = None
    """The server behind engine `openai`. Unless its `model` holds `{digest}`, its answers are of no release."""
    on: Annotated[tuple[Literal["error", "timeout", "overload"], ...], Field(min_length=1)] = ("error", "timeout")
    """When it is asked: the releases failed, they did not begin in time, or the gateway's queue is full."""
    concurrency: Positive = 32
    """Answers that it gives at once for a release."""
    price: PriceSpec = PriceSpec()
    """What its tokens cost."""

    @model_validator(mode="after")
    def _upstream(self) -> "FallbackSpec":
        if self.engine == "openai" and self.upstream is None:
            raise ValueError("a fallback on engine `openai` needs `upstream: {url: …, model: …}`: say which server "
                             "answers")
        return self


class ServeSpec(Spec):
    """How releases answer."""

    engine: Literal["hf", "vllm", "openai", "fake"] = "hf"
    """`hf` runs the model here; `vllm` has vLLM servers hold it; `openai` asks the server that `upstream` names; `fake`
    answers without a model, for tests."""
    hf: HfSpec = HfSpec()
    """What engine `hf` keeps in memory."""
    vllm: VllmSpec = VllmSpec()
    """The servers behind engine `vllm`."""
    upstream: UpstreamSpec | None = None
    """The server behind engine `openai`."""
    fallback: FallbackSpec | None = None
    """Another engine, which answers where neither the release nor the one behind it does; each release's own holds for
    it."""
    batch: Annotated[int, Field(gt=0)] = 16
    """Most requests decoded together."""
    new_tokens: Annotated[int, Field(gt=0)] = 256
    """Longest answer, in tokens, when a request names none."""
    limits: LimitsSpec = LimitsSpec()
    """Bounds of the whole gateway; of several names, the first one's hold."""
    policy: PolicySpec = PolicySpec()
    """What may be read, said and kept; each release's own holds for it."""
    price: PriceSpec = PriceSpec()
    """What its tokens cost; each release's own holds for it."""

    @model_validator(mode="after")
    def _upstream(self) -> "ServeSpec":
        if self.engine == "openai" and self.upstream is None:
            raise ValueError("engine `openai` needs `upstream: {url: …}`: say which server answers")
        return self
