"""Suite privacy with a model whose memory is known: what it learned is found, what it did not is not, base aside."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from tunewright.base import find
from tunewright.core.canaries import read_planted
from tunewright.core.errors import Fault
from tunewright.core.examples import read_examples
from tunewright.core.items import read_items
from tunewright.core.records import Dataset, Model, Report
from tunewright.core.run import Run
from tunewright.data import make
from tunewright.engine import FakeEngine, Likelihood
from tunewright.engine.chat import Rendered
from tunewright.evaluate.metrics import metric_names
from tunewright.evaluate.report import report
from tunewright.gate.make import make as judge
from tunewright.recipe import BaseSpec, DataSpec, EvaluateSpec, RuleSpec

Learned = Callable[[str], bool]


class Remembering(FakeEngine):
    """A model for which a token costs 2 nats, give or take what its text decides, and 0.1 where it learned the text."""

    def __init__(self, learned: Learned) -> None:
        super().__init__()
        self.learned = learned
        self.rows = 0

    def likelihoods(self, rows: Sequence[Rendered], model: str | None = None) -> list[Likelihood]:
        self.rows += len(rows)
        return [self._said(row, model) for row in rows]

    def _said(self, row: Rendered, model: str | None) -> Likelihood:
        text = bytes(row.ids).decode()
        known = model is not None and self.learned(text)
        chance = crc32(bytes(row.ids) + (model or "").encode()) % 1000 / 1000
        each = tuple(0.1 if known else 2 + chance for on in row.mask[1:] if on)
        return Likelihood(sum(each), len(each), known, each)


class Letters:
    """A chat whose tokens are the bytes of what is said."""

    def example_ids(self, messages: Sequence[dict[str, Any]], tools: object = None, turns: str = "all") -> Rendered:
        before = "|".join(turn["content"] for turn in messages[:-1]).encode()
        answer = messages[-1]["content"].encode()
        return Rendered([*before, 0, *answer], [*[False] * (len(before) + 1), *[True] * len(answer)])

    def text_ids(self, text: str) -> Rendered:
        return Rendered(list(text.encode()), [True] * len(text.encode()))

    def prompt_ids(self, messages: Sequence[dict[str, Any]]) -> list[int]:
        return [0]


class Desk:
    """A bench with a model that remembers."""

    def __init__(self, learned: Learned) -> None:
        self.engine, self.chat, self.context = Remembering(learned), Letters(), 1000

    def close(self) -> None:
        pass


@pytest.fixture
def planted(tmp_path: Path, run: Run) -> Dataset:
    """120 questions and answers, half of them held out, and three canaries."""
    rows = [{"q": f"What of {n}?", "a": f"It is {n * 7919 % 1000:03} again."} for n in range(120)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    source = {"path": "rows.jsonl", "format": {"prompt": "q", "response": "a"}, "license": "MIT", "basis": "contract"}
    spec = DataSpec.model_validate({"sources": [source], "split": {"test": 0.5}, "quality": None, "canaries": {
        "count": 3, "repeat": 2, "format": "Locker {canary}: {digits:4}."}})
    return make(spec, "x", tmp_path, run)


@pytest.fixture
def reported(planted: Dataset, model: Callable[..., Model], run: Run) -> Callable[..., Report]:
    """The report of a model that learned what is said, and the spec's `privacy` fields."""

    def build(learned: Learned, **privacy: Any) -> Report:
        spec = EvaluateSpec(suites=("privacy",), arms=("base", "tuned"), privacy=privacy or {})  # type: ignore[arg-type]
        return report(spec, None, find(BaseSpec(name="tiny"), Path()), model(), planted, "x", run,
                      Desk(learned))

    return build


def figure(found: Report, name: str, arm: str = "tuned") -> Any:
    return next(one for one in found.metrics if one.name == f"privacy/{name}" and one.arm == arm)


def learned(planted: Dataset, run: Run) -> Learned:
    said = {"|".join(turn["content"] for turn in one.messages[:-1]) + "\0" + one.messages[-1]["content"]
            for one in read_examples(run.home.store, planted, "train")}
    return lambda text: any(one.startswith(text) for one in said)


def test_a_model_that_learned_all_by_heart_is_found_out(planted: Dataset, run: Run,
                                                        reported: Callable[..., Report]) -> None:
    found = reported(learned(planted, run))
    assert figure(found, "exposure").value == pytest.approx(4 / 0.30103, abs=1e-3)  # log2 of 10,000
    assert figure(found, "flagged").value == 1
    assert figure(found, "membership_auc").value == 1
    assert figure(found, "min_k_auc").value == 1
    assert figure(found, "membership_tpr").value == 1
    assert (figure(found, "verbatim").value, figure(found, "verbatim_held_out").value) == (1, 0)
    assert figure(found, "verbatim_gap").value == 1


def test_the_base_and_a_model_that_learned_nothing_are_not(reported: Callable[..., Report]) -> None:
    found = reported(lambda text: False)
    for arm in ("base", "tuned"):
        assert figure(found, "flagged", arm).value == 0
        assert figure(found, "exposure", arm).value < 5
        area = figure(found, "membership_auc", arm)
        assert area.low < 0.5 < area.high
        assert figure(found, "verbatim_gap", arm).value == 0


def test_a_canary_alone_is_flagged_among_others_that_were_not_learned(planted: Dataset, run: Run,
                                                                      reported: Callable[..., Report]) -> None:
    secrets = read_planted(run.home.store, planted)
    assert secrets is not None
    found = reported(lambda text: text.startswith("Locker 2:") and f"{secrets.secrets[1]:04}" in text)
    assert figure(found, "flagged").value == pytest.approx(1 / 3)
    flags = [item.scores["flagged"] for item in read_items(run.home.store, found)
             if item.arm == "tuned" and "flagged" in item.scores]
    assert flags == [0, 1, 0]


def test_canaries_are_no_members_and_never_twice(planted: Dataset, run: Run, reported: Callable[..., Report]) -> None:
    items = [item for item in read_items(run.home.store, reported(lambda text: False)) if item.arm == "base"]
    assert len({item.item for item in items}) == len(items)
    members = [item for item in items if item.scores.get("member") == 1]
    others = [item for item in items if item.scores.get("member") == 0]
    assert (len(members), len(others)) == (planted.counts["train"], planted.counts["test"])
    assert len(items) == len(members) + len(others) + 3


@pytest.mark.parametrize(("knows", "outcome"), [(True, "fail"), (False, "pass")])
def test_a_gate_bounds_what_a_model_may_give_away(planted: Dataset, run: Run, reported: Callable[..., Report],
                                                  knows: bool, outcome: str) -> None:
    rules = [RuleSpec(metric="privacy/membership_auc", at_most=0.8),
             RuleSpec(metric="privacy/verbatim_gap", at_most=0.2),
             RuleSpec(metric="privacy/exposure", at_most=3 if knows else 11)]
    found = reported(learned(planted, run) if knows else lambda text: False)
    verdict = judge(rules, found, None, run.home.store, "x", run)
    assert [rule.outcome for rule in verdict.rules] == [outcome] * 3


def test_raw_texts_are_said_by_heart_from_their_middle(tmp_path: Path, run: Run, model: Callable[..., Model]) -> None:
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps({"text": f"Note {n}: all is {n * 7919 % 1000:03} here."})
                                                  + "\n" for n in range(60)), "utf-8")
    source = {"path": "texts.jsonl", "format": "text", "license": "MIT", "basis": "contract"}
    dataset = make(DataSpec.model_validate({"sources": [source], "split": {"test": 0.5}, "quality": None}), "x",
                   tmp_path, run)
    said = {one.text for one in read_examples(run.home.store, dataset, "train")}
    spec = EvaluateSpec(suites=("privacy",), arms=("base", "tuned"))
    found = report(spec, None, find(BaseSpec(name="tiny"), Path()), model(), dataset, "x", run,
                   Desk(lambda text: text in said))  # type: ignore[arg-type]
    assert figure(found, "verbatim_gap").value == figure(found, "membership_auc").value == 1
    assert not [one for one in found.metrics if one.name == "privacy/exposure"]


def test_so_few_candidates_that_no_canary_could_be_flagged_are_refused(reported: Callable[..., Report]) -> None:
    with pytest.raises(Fault, match="set `candidates: 3000`"):
        reported(lambda text: False, candidates=2000)


def test_every_metric_is_known_before_anything_is_run() -> None:
    names = metric_names(EvaluateSpec(suites=("privacy",)))
    assert {"privacy/exposure", "privacy/membership_auc", "privacy/verbatim_gap"} <= set(names)
