"""What a suite is: items that arms answer, and what their answers are worth.

A suite is one file that ends with its `Suite`, and one line in `suites.KINDS`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.core.examples import Example
from tunewright.core.items import Measure
from tunewright.core.records import Dataset
from tunewright.core.store import Store
from tunewright.evaluate.answers import Answers
from tunewright.evaluate.bench import Bench
from tunewright.evaluate.question import Question
from tunewright.recipe import EvaluateSpec

MODELS = frozenset({"base", "tuned", "live", "endpoint"})
"""Arms that are a model as it is: nobody knows more of a suite's items than they do."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What suites are made from. `folder` is where the recipe's relative paths start, `held_out` and `training` are the
    dataset's parts `test` and `train`, `schema` is what `spec.json_schema` names."""

    spec: EvaluateSpec
    folder: Path
    store: Store
    dataset: Dataset
    held_out: Sequence[Example]
    training: Sequence[Example]
    schema: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Work:
    """Who answers and on what: `model` is the digest of a model that the bench's engine holds, None its base.

    `progress` is told how many of how many are done.
    """

    arm: str
    model: str | None
    bench: Bench
    progress: Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Suite:
    """One suite.

    - `metrics`: the names of its metrics, before anything is run, each with how it is measured (None: as its name
      says).
    - `questions`: what is asked, the same each time.
    - `scores`: for each of these questions, all of which the arm has answered, the scores of its answer; all answers to
      the suite are there, by arm.
    - `arms`: who answers.
    - `answers`: how, if not by writing: say, by what a model finds likely. Answers are by `Question.key`.
    - `reads`: what it reads beside the dataset, so that a changed file is another evaluation. Raises Fault.
    - `examined`: what it asks that is no held-out part of the data: training must not hold it.
    - `named`: metrics named after what the data hold; `metrics` has a pattern (`f1/*`) for them.
    - `told`: the metrics that the terminal names; all if there are none.
    - `weighed`: whether scorers that need likelihoods (`loss`, `brier`, `ece`) are asked of its items.
    """

    metrics: Callable[[EvaluateSpec], Mapping[str, Measure | None]]
    questions: Callable[[Ground], list[Question]]
    scores: Callable[[Ground, Sequence[Question], Mapping[str, Answers], str], Iterator[dict[str, float]]]
    arms: frozenset[str] = MODELS
    answers: Callable[[Ground, Sequence[Question], Work], Answers] | None = None
    reads: Callable[[EvaluateSpec, Path], object] | None = None
    examined: Callable[[EvaluateSpec], Sequence[str]] | None = None
    named: Callable[[Ground], Mapping[str, Measure]] | None = None
    told: tuple[str, ...] = ()
    weighed: bool = False
