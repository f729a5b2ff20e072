"""Benchmarks of lm-evaluation-harness on our engine: its own scores, item by item, from task files that lie here."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tunewright.base import Base, find
from tunewright.core.errors import Fault
from tunewright.core.items import read_items
from tunewright.core.run import Run
from tunewright.evaluate.bench import OpenBase
from tunewright.evaluate.harness.tasks import manager
from tunewright.evaluate.report import report
from tunewright.evaluate.suite import Work
from tunewright.recipe import BaseSpec, EvaluateSpec

pytest.importorskip("lm_eval", reason="lm-evaluation-harness is not installed (extra harness)")

Build = Callable[..., Any]
WEATHER = [{"question": f"Is it {word}?", "choices": ["yes, very", "no"], "answer": at % 2}
           for at, word in enumerate(["wet", "dry", "cold", "warm", "late", "early"])]
PICK = """task: pick
dataset_path: json
dataset_kwargs:
  data_files: {test: pick.jsonl}
  cache_dir: cache
test_split: test
output_type: multiple_choice
doc_to_text: "{{question}}"
doc_to_choice: "{{choices}}"
doc_to_target: answer
metric_list:
  - {metric: acc, aggregation: mean, higher_is_better: true}
  - {metric: acc_norm, aggregation: mean, higher_is_better: true}
"""
SAY = """task: say
dataset_path: json
dataset_kwargs:
  data_files: {test: pick.jsonl}
  cache_dir: cache
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "no"
generation_kwargs: {until: ["\\n"], max_gen_toks: 4}
metric_list:
  - {metric: exact_match, aggregation: mean, higher_is_better: true}
"""
READ = """task: read
dataset_path: json
dataset_kwargs:
  data_files: {test: pick.jsonl}
  cache_dir: cache
test_split: test
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{question}} And so on, until the day is over."
metric_list:
  - {metric: word_perplexity}
  - {metric: bits_per_byte}
"""


@pytest.fixture(scope="module")
def base() -> Base:
    return find(BaseSpec(name="tiny", weights="random"), Path())


@pytest.fixture(scope="module")
def opened(base: Base) -> Iterator[OpenBase]:
    made = OpenBase(base, 8)
    yield made
    made.close()


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    """A folder with three tasks and their data."""
    folder = tmp_path / "tasks"
    folder.mkdir()
    (folder / "pick.jsonl").write_text("".join(json.dumps(row) + "\n" for row in WEATHER))
    for name, text in (("pick", PICK), ("say", SAY), ("read", READ)):
        (folder / f"{name}.yaml").write_text(text)
    return folder


class Kept:
    """A bench that stays open for the next test."""

    def __init__(self, opened: OpenBase) -> None:
        self.context, self.chat, self.engine = opened.context, opened.chat, opened.engine

    def close(self) -> None:
        """Nothing: others use it too."""


def spec(*tasks: str, **more: Any) -> EvaluateSpec:
    return EvaluateSpec(suites=("harness",), arms=("base",), harness={"tasks": tasks, "folder": "tasks", **more})


def test_figures_are_the_harness_s_own_and_stand_with_every_item(
        base: Base, opened: OpenBase, tasks: Path, run: Run, dataset: Build, model: Build) -> None:
    from lm_eval import evaluator
    from lm_eval.tasks import TaskManager

    from tunewright.evaluate.harness.model import EngineLM

    asked = spec("pick", "pick/acc_norm", "say", "read/word_perplexity", "read/bits_per_byte")
    made = report(asked, None, base, model(), dataset([], []), "x", run, Kept(opened), tasks.parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tasks)
        whole = evaluator.simple_evaluate(
            model=EngineLM(Work(arm="base", model=None, bench=Kept(opened), progress=lambda _done, _all: None)),
            tasks=["pick", "say", "read"], bootstrap_iters=0,
            task_manager=TaskManager(include_path=str(tasks), include_defaults=False))
    theirs = {f"harness/{task}/{metric.split(',')[0]}": value for task, row in whole["results"].items()
              for metric, value in row.items() if isinstance(value, float)}
    ours = {one.name: one for one in made.metrics}
    assert ours["harness/pick"].value == pytest.approx(theirs["harness/pick/acc"], abs=1e-9)
    for name in ("pick/acc_norm", "read/word_perplexity", "read/bits_per_byte"):
        assert ours[f"harness/{name}"].value == pytest.approx(theirs[f"harness/{name}"], rel=1e-9)
    assert not ours["harness/read/bits_per_byte"].higher_is_better
    items = read_items(run.home.store, made)
    assert len(items) == 3 * len(WEATHER)
    assert {item.answer for item in items if "pick" in item.scores} <= {" yes, very", " no"}


def test_likelihoods_are_those_of_the_harness_s_own_backend(opened: OpenBase, base: Base) -> None:
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    from tunewright.base import load_model
    from tunewright.evaluate.harness.model import EngineLM

    asked = {
        "loglikelihood": [("It is wet", " today"), ("It is wet", " and cold "), ("", "one"), ("so ", "it is")],
        "loglikelihood_rolling": [("word " * 700,), ("It is late.",)],
        "generate_until": [("It is wet", {"until": ["\n\n"], "max_gen_toks": 6}),
                           ("a b c", {"until": "e", "max_gen_toks": 6})],
    }
    ours = EngineLM(Work(arm="base", model=None, bench=Kept(opened), progress=lambda _done, _all: None))
    theirs = HFLM(pretrained=load_model(base), tokenizer=opened.chat.tokenizer, max_length=opened.context, batch_size=1,
                  device="cpu")
    for kind, arguments in asked.items():
        requests = [Instance(request_type=kind, doc={}, arguments=one, idx=at) for at, one in enumerate(arguments)]
        mine, known = getattr(ours, kind)(requests), getattr(theirs, kind)(requests, disable_tqdm=True)
        for one, other in zip(mine, known, strict=True):
            assert one == (other if kind == "generate_until" else pytest.approx(other, rel=1e-4))


@pytest.mark.parametrize(("names", "sentence"), [
    (("pick/f1",), "has no metric `f1`; it has acc, acc_norm"),
    (("read",), "name `read/word_perplexity`"),
])
def test_a_task_or_metric_that_is_not_there_is_told(names: tuple[str, ...], sentence: str, base: Base, opened: OpenBase,
                                                    tasks: Path, run: Run, dataset: Build, model: Build) -> None:
    with pytest.raises(Fault, match=sentence):
        report(spec(*names), None, base, model(), dataset([], []), "x", run, Kept(opened), tasks.parent)


class Index:
    """The harness's index in small: one task of its own, and those of a folder."""

    def __init__(self, include_path: str | None, include_defaults: bool = True) -> None:
        self.all_tasks = [*(["mmlu"] if include_defaults else []), *(["pick"] if include_path else [])]


def test_the_harness_s_own_tasks_are_read_only_where_they_are_asked_for() -> None:
    assert manager(SimpleNamespace(TaskManager=Index), ["pick"], Path("tasks")).all_tasks == ["pick"]
    assert manager(SimpleNamespace(TaskManager=Index), ["pick", "mmlu"], Path("tasks")).all_tasks == ["mmlu", "pick"]
    with pytest.raises(Fault, match="knows no task `pick`"):
        manager(SimpleNamespace(TaskManager=Index), ["pick"], None)


def test_no_more_items_are_asked_than_the_recipe_says(base: Base, opened: OpenBase, tasks: Path, run: Run,
                                                      dataset: Build, model: Build) -> None:
    made = report(spec("pick", limit=2, shots=0), None, base, model(), dataset([], []), "x", run, Kept(opened),
                  tasks.parent)
    assert [one.n for one in made.metrics if one.name == "harness/pick"] == [2]


def test_the_suite_needs_tasks() -> None:
    with pytest.raises(ValueError, match="suite harness needs tasks"):
        EvaluateSpec(suites=("harness",))
