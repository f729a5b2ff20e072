"""The records: frozen, digested, written once. Each names its inputs by digest, so lineage is a walk.

`Recipe` is the sixth record and lives in `recipe/`, which may import this file.
"""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tunewright.core.digest import canonical, digest_bytes

Outcome = Literal["pass", "fail", "undecided"]


class Frozen(BaseModel):
    """A part of a record: never changed, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Record(Frozen):
    """Base of every record: equal content has an equal digest."""

    def content(self) -> bytes:
        """The canonical JSON bytes that are stored."""
        return canonical(self.model_dump(mode="json"))

    @property
    def digest(self) -> str:
        """SHA-256 of `content()`."""
        return digest_bytes(self.content())


class Reviewed(Frozen):
    """How drafts that an engine made became records: who made them, and what people decided.

    `asked` answers gave `drafts` that passed every check; of these people accepted, edited and rejected some, and
    `unseen` are used on the strength of `rate`, the share of the sample that was accepted, with its 95 % interval.
    """

    kind: Literal["synthetic", "label"]
    engine: str
    asked: int
    drafts: int
    accepted: int
    edited: int
    rejected: int
    unseen: int
    rate: float | None
    low: float | None
    high: float | None


class Origin(Frozen):
    """Where records of a dataset came from, as declared, and what was found there."""

    path: str
    digest: str
    license: str
    basis: str
    retention: str | None = None
    rows: int
    reviewed: Reviewed | None = None


class Dataset(Record):
    """Prepared, split, hashed examples. `files` is a store folder: `{train,validation,test}.parquet`, `card.md`.

    `expires` is the first day on which one of its records may no longer be used; None if none ever expires.
    """

    record: Literal["dataset"] = "dataset"
    name: str
    spec: str
    origins: tuple[Origin, ...]
    files: str
    counts: dict[str, int]
    expires: date | None = None


class Model(Record):
    """What training leaves. `files` is a store folder of safetensors (PEFT layout for an adapter).

    `after` is the model that its phase started from (None: the base), `judge` the reward model that it learned from.
    """

    record: Literal["model"] = "model"
    name: str
    spec: str
    base: str
    base_name: str
    dataset: str
    objective: str = "sft"
    after: str | None = None
    judge: str | None = None
    method: str
    adapter: bool
    files: str
    trainable: int
    parameters: int
    metrics: dict[str, float]


class Metric(Frozen):
    """One figure of one arm: the mean over `n` items with its 95 % interval."""

    name: str
    arm: str
    value: float
    low: float
    high: float
    n: int
    higher_is_better: bool = True


class Difference(Frozen):
    """Paired difference `arm - against` over the same `n` items with its 95 % interval."""

    name: str
    arm: str
    against: str
    value: float
    low: float
    high: float
    n: int


class Slice(Frozen):
    """The items that have one value of a field, and what the tuned arm makes of them.

    Each figure has its 95 % interval: `value` as measured, `shrunk` drawn towards the whole by as much as it is noise,
    `change` paired against the base (None: not measured). `behind`: shown to do worse than all other items of its
    field; `worse`: shown to do worse than the base; both corrected over all that was tested.
    """

    metric: str
    field: str
    name: str
    n: int
    value: float
    low: float
    high: float
    shrunk: float
    shrunk_low: float
    shrunk_high: float
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    behind: bool = False
    worse: bool = False

    @property
    def tests(self) -> int:
        """Of how many claims it was tested."""
        return 1 + (self.change is not None)


class Report(Record):
    """Measurements of every arm. `items` is a store folder: `items.jsonl`, one line per arm and item."""

    record: Literal["report"] = "report"
    name: str
    spec: str
    dataset: str
    model: str
    arms: tuple[str, ...]
    metrics: tuple[Metric, ...]
    differences: tuple[Difference, ...]
    slices: tuple[Slice, ...] = ()
    items: str


class Waiver(Frozen):
    """Who took a rule that did not pass on themselves, and why: the ledger's `entry`. `was` is what the gate said."""

    was: Outcome
    by: str
    why: str
    entry: str


class RuleResult(Frozen):
    """What one rule of the gate said, in one sentence; `needs` is the number of items that would decide it."""

    metric: str
    rule: str
    outcome: Outcome | Literal["waived"]
    sentence: str
    needs: int | None = None
    waiver: Waiver | None = None

    @property
    def name(self) -> str:
        """What a person calls the rule: `general/all: drop_at_most 0.05 against base`."""
        return f"{self.metric}: {self.rule}"


class Verdict(Record):
    """The gate's answer over a report. It passes only if every rule passes that is not waived."""

    record: Literal["verdict"] = "verdict"
    name: str
    spec: str
    report: str
    against: str | None
    outcome: Outcome
    rules: tuple[RuleResult, ...]

    @property
    def waived(self) -> int:
        """How many rules are waived."""
        return sum(rule.outcome == "waived" for rule in self.rules)

    @property
    def told(self) -> str:
        """The outcome as it is shown everywhere: `pass`, or `pass (1 waived)`."""
        return told(self.outcome, self.waived)


def told(outcome: Outcome, waived: int) -> str:
    """An outcome, and how many rules were waived for it."""
    return f"{outcome} ({waived} waived)" if waived else outcome


class Release(Record):
    """A numbered version of a name. Its status is not here: the registry folds it from the ledger."""

    record: Literal["release"] = "release"
    name: str
    number: int
    recipe: str
    dataset: str
    model: str
    report: str
    verdict: str

    @property
    def reference(self) -> str:
        """What a person types: `name@number`."""
        return f"{self.name}@{self.number}"


class Evidence(Record):
    """What the monitor took a step of `canary` by, beside `live` (references; `release` and `against` are the digests):
    the share that it had, the step, what each rule said, and by reference what both releases' answers took.
    """

    record: Literal["evidence"] = "evidence"
    canary: str
    live: str
    release: str
    against: str
    share: float
    move: Literal["grow", "live", "abort"]
    to: float
    rules: tuple[dict[str, Any], ...]
    traffic: dict[str, dict[str, Any]]


KINDS: dict[str, type[Record]] = {
    "dataset": Dataset,
    "model": Model,
    "report": Report,
    "verdict": Verdict,
    "release": Release,
    "evidence": Evidence,
}


def parse(value: dict[str, Any]) -> Record:
    """The record that `value["record"]` names, validated."""
    return KINDS[value["record"]].model_validate(value)
