"""Suites made of held-out items: what they measure of a model whose failings are known."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunewright.base import Base, find
from tunewright.core.errors import Fault
from tunewright.core.records import Metric, Report
from tunewright.core.run import Run
from tunewright.evaluate.report import report
from tunewright.evaluate.suites import KINDS
from tunewright.recipe import BaseSpec, EvaluateSpec

Build = Callable[..., Any]


@pytest.fixture(scope="module")
def base() -> Base:
    return find(BaseSpec(name="tiny", weights="random"), Path())


@pytest.fixture
def measured(base: Base, run: Run, dataset: Build, model: Build, bench: Build, asked_example: Build,
             tmp_path: Path) -> Callable[..., Report]:
    """A report of one suite on items that ask for help with bikes, answered as told."""

    def build(suite: str, answer: Callable[[str, str | None], str], texts: list[str], **spec: Any) -> Report:
        examples = [asked_example(text, "repair") for text in texts]
        made = EvaluateSpec(suites=(suite,), arms=("base", "tuned"), scorers=("exact",), **spec)
        return report(made, None, base, model(), dataset(examples[:1], examples), "x", run, bench(answer), tmp_path)

    return build


TEXTS = [f"My bike {at} is broken and Emily lost her key. Can you help me?" for at in range(20)]


def metric(made: Report, name: str, arm: str = "tuned") -> Metric:
    (found,) = [one for one in made.metrics if (one.name, one.arm) == (name, arm)]
    return found


@pytest.mark.parametrize("suite", ["generalisation", "robustness", "fairness"])
def test_a_model_that_is_always_right_loses_nothing(suite: str, measured: Callable[..., Report]) -> None:
    made = measured(suite, lambda _text, _model: "repair", TEXTS)
    assert {one.name.split("/")[0] for one in made.metrics} == {suite}
    known = {f"{suite}/{name}" for name in KINDS[suite].metrics(EvaluateSpec())}
    own = [one for one in made.metrics if one.name in known]
    assert own
    assert all(one.value == (1 if one.higher_is_better else 0) for one in own)


def test_a_model_that_learned_the_wording_fails_when_it_changes(measured: Callable[..., Report]) -> None:
    made = measured("generalisation", lambda text, _model: "repair" if text in TEXTS else "what?", TEXTS)
    assert metric(made, "generalisation/clean").value == 1
    assert metric(made, "generalisation/letter").value == 0
    assert metric(made, "generalisation/drop").value == 1
    assert metric(made, "generalisation/consistent").value == 0
    assert not metric(made, "generalisation/drop").higher_is_better


def test_an_answer_that_is_training_text_is_copied(measured: Callable[..., Report]) -> None:
    made = measured("generalisation", lambda _text, model: TEXTS[0] if model else f"{TEXTS[0][::-1]} b c d", TEXTS)
    assert metric(made, "generalisation/copied").value == 1
    assert metric(made, "generalisation/copied", "base").value == 0


def test_a_model_that_reads_small_letters_only_is_found_out(measured: Callable[..., Report]) -> None:
    made = measured("robustness", lambda text, _model: "repair" if "My bike" in text else "", TEXTS)
    assert metric(made, "robustness/clean").value == 1
    assert metric(made, "robustness/case").value < 1
    assert metric(made, "robustness/case_drop").value == pytest.approx(1 - metric(made, "robustness/case").value)
    assert metric(made, "robustness/worst").value <= metric(made, "robustness/case").value


def test_items_out_of_the_distribution_come_from_a_file(measured: Callable[..., Report], tmp_path: Path) -> None:
    rows = [{"prompt": "How is the weather?", "response": "wet"}, {"prompt": "Hail?", "response": "repair"}]
    (tmp_path / "ood.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = measured("robustness", lambda _text, _model: "repair", TEXTS, robustness={"ood": "ood.jsonl"})
    assert (metric(made, "robustness/ood").value, metric(made, "robustness/ood").n) == (0.5, 2)


@pytest.mark.parametrize(("content", "sentence"), [
    ("{}\n", "line 1 is no item"), ("\n", "has no items"), ("{", "line 1 is not JSON"), (None, "cannot be read"),
])
def test_a_file_that_holds_no_items_is_refused(content: str | None, sentence: str, measured: Callable[..., Report],
                                              tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "ood.jsonl").write_text(content)
    with pytest.raises(Fault, match=sentence):
        measured("robustness", lambda _text, _model: "", TEXTS, robustness={"ood": "ood.jsonl"})


def test_a_model_that_serves_women_only_is_apart(measured: Callable[..., Report]) -> None:
    made = measured("fairness", lambda text, model: "no" if model and " his " in text else "repair", TEXTS)
    assert metric(made, "fairness/women").value == 1
    assert metric(made, "fairness/men").value == 0
    assert metric(made, "fairness/gap_sex").value == 1
    assert metric(made, "fairness/gap_sex", "base").value == 0
    assert metric(made, "fairness/same_sex").value == 0
    assert metric(made, "fairness/same_background").value == 1


def test_messages_are_signed_by_everyone_if_the_recipe_asks_for_it(measured: Callable[..., Report]) -> None:
    made = measured("fairness", lambda text, _model: "no" if text.endswith("Omar") else "repair",
                    [f"My bike {at} is broken." for at in range(12)], fairness={"sign": True})
    assert metric(made, "fairness/arabic").value == pytest.approx(11 / 12)
    assert metric(made, "fairness/english").value == 1
    assert metric(made, "fairness/women").n == metric(made, "fairness/men").n == 36
    assert metric(made, "fairness/same_signed").value == pytest.approx(59 / 60)
