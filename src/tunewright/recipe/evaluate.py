"""The `evaluate` section: suites, arms and scorers."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tunewright.recipe.engine import AddressSpec
from tunewright.recipe.judge import JudgeSpec
from tunewright.recipe.privacy import PrivacySpec
from tunewright.recipe.safety import SafetySpec
from tunewright.recipe.scorers import PASSES, EncoderSpec, Scorer
from tunewright.recipe.spec import Positive, Spec
from tunewright.recipe.suites import FairnessSpec, GeneralisationSpec, HarnessSpec, RobustnessSpec, Suite

Arm = Literal["base", "prompted", "retrieval", "tools", "tuned", "live", "endpoint"]
TASK_ARMS = ("prompted", "retrieval", "tools")
"""Arms that are the base with help for the task: they answer that suite only."""
TIMINGS = ("latency_p50", "latency_p95", "latency_p99", "tokens_per_second", "cost_per_1000")
"""Metrics of every suite that tell what answers take, not what they are worth."""

SLICES = ("label", "answer", "length", "group", "source")
"""What every record can be divided by, beside the columns of `data.fields`."""


class DocumentsSpec(Spec):
    """What arm `retrieval` looks things up in."""

    path: str
    """A folder of `.txt`, `.md` and `.jsonl` documents (rows with `text` and, maybe, `title`), or one such file."""
    top: Positive = 3
    """Passages shown with a question, at most."""
    words: Positive = 120
    """Longest passage, in words."""


class ToolsSpec(Spec):
    """What arm `tools` may call beside the calculator."""

    functions: str | None = None
    """Python file in the recipe's folder. Its public functions are tools; it is run here, as it is."""
    rounds: Positive = 3
    """Most times that an answer may call tools before it has to stand."""


class PricesSpec(Spec):
    """What answers cost, in any one currency."""

    input: Annotated[float, Field(ge=0)] | None = None
    """Price of a million tokens that are read."""
    output: Annotated[float, Field(ge=0)] | None = None
    """Price of a million tokens that are written."""
    hour: Annotated[float, Field(ge=0)] | None = None
    """Price of an hour of this machine: what arms that answer here cost, instead of prices by the token."""


class LatencySpec(Spec):
    """How the seconds of an answer are measured."""

    alone: Annotated[int, Field(ge=0)] = 0
    """Items of each suite that every arm is asked one at a time; with 0, seconds are those of answers in batches."""


class EvaluateSpec(Spec):
    """What every arm is measured on."""

    suites: Annotated[tuple[Suite, ...], Field(min_length=1)] = ("task", "general")
    """`task`: the held-out split. `general`: what the base could already do. `generalisation`: the held-out split in
    other words; `robustness`: with slips and noise in it; `fairness`: with other people in it. `harness`: benchmarks of
    lm-evaluation-harness. `privacy`: what the model gives away of the records that it learned from. `safety`: what it
    refuses, obeys, gives away and makes up."""
    arms: Annotated[tuple[Arm, ...], Field(min_length=1)] = ("base", "prompted", "tuned")
    """Who answers. `prompted`: the base with `shots` training examples in its prompt; `retrieval`: the base with
    passages of `documents`; `tools`: the base with `tools`; `live`: the release now live; `endpoint`: a server."""
    documents: DocumentsSpec | None = None
    """What arm `retrieval` looks things up in."""
    tools: ToolsSpec = ToolsSpec()
    """What arm `tools` may call."""
    endpoint: AddressSpec | None = None
    """The server that arm `endpoint` asks; it speaks OpenAI's API."""
    prices: PricesSpec = PricesSpec()
    """What answers cost: without prices there is no `cost_per_1000`."""
    latency: LatencySpec = LatencySpec()
    """How the seconds of an answer are measured."""
    scorers: Annotated[tuple[Scorer, ...], Field(min_length=1)] = ("exact", "loss")
    """How answers of the task suite are scored."""
    safety: SafetySpec = SafetySpec()
    """What suite `safety` asks."""
    generalisation: GeneralisationSpec = GeneralisationSpec()
    """How much suite `generalisation` asks."""
    robustness: RobustnessSpec = RobustnessSpec()
    """What suite `robustness` asks."""
    fairness: FairnessSpec = FairnessSpec()
    """What suite `fairness` asks."""
    harness: HarnessSpec = HarnessSpec()
    """Which benchmarks suite `harness` runs."""
    privacy: PrivacySpec = PrivacySpec()
    """How closely suite `privacy` looks."""
    json_schema: str | None = None
    """JSON Schema file for scorer `json_schema`, relative to the recipe."""
    encoder: EncoderSpec | None = None
    """What scorer `bertscore` reads texts with."""
    samples: Positive = 1
    """Answers to each item of the task suite; more than one are drawn, and are one item to the statistics."""
    temperature: Annotated[float, Field(ge=0)] = 0.0
    """How freely these are drawn; 0 is greedy."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of probability that draws are made from, the likeliest tokens first."""
    shots: Annotated[int, Field(ge=0)] = 4
    """Examples shown to the prompted base."""
    items: Annotated[int, Field(gt=0)] | None = None
    """Score at most so many held-out items (drawn with the seed)."""
    new_tokens: Annotated[int, Field(gt=0)] = 128
    """Longest answer, in tokens."""
    batch: Annotated[int, Field(gt=0)] = 32
    """Answers generated at once."""
    slices: tuple[str, ...] = ()
    """Fields of held-out records by which items are looked at apart, each value a slice: `label`, `answer`, `length`,
    `group`, `source`, or a column of `data.fields`."""
    judges: tuple[JudgeSpec, ...] = ()
    """Engines that read the answers and say which is better, or how good each is."""
    resamples: Annotated[int, Field(ge=100)] = 2000
    """Bootstrap resamples behind each interval."""
    seed: int = 0
    """Seed of sampling items, shots and resamples."""

    @model_validator(mode="after")
    def _equipped(self) -> "EvaluateSpec":
        if "retrieval" in self.arms and self.documents is None:
            raise ValueError("arm retrieval needs documents: add `documents: {path: FOLDER}`")
        if "harness" in self.suites and not self.harness.tasks:
            raise ValueError("suite harness needs tasks: add `harness: {tasks: [NAME, …]}`")
        if self.samples > 1 and not self.temperature:
            raise ValueError("samples that are greedy are all the same: add `temperature: 0.8`")
        short = [name for name in self.scorers if PASSES.get(name, 1) > self.samples]
        if short:
            needed = PASSES[short[0]]
            raise ValueError(f"scorer {short[0]} needs {needed} answers: add `samples: {2 * needed}`")
        if "bertscore" in self.scorers and self.encoder is None:
            raise ValueError("scorer bertscore needs an encoder: add `encoder: {path: FOLDER}`")
        if "endpoint" in self.arms and self.endpoint is None:
            raise ValueError("arm endpoint needs a server: add `endpoint: {url: …, model: …}`")
        return self
