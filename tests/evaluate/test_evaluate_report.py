"""A report: every arm answers the same items, every answer is kept, and the base is asked once per dataset."""

from collections.abc import Callable
from math import exp, log
from typing import Any

import pytest

from tunewright.base import Base, find
from tunewright.core.errors import Fault
from tunewright.core.examples import make_example
from tunewright.core.items import read_about, read_items
from tunewright.core.records import Metric, Report
from tunewright.core.run import Run
from tunewright.evaluate.metrics import metric_names
from tunewright.evaluate.report import report
from tunewright.gate.names import expand
from tunewright.recipe import BaseSpec, EvaluateSpec

Build = Callable[..., Any]


@pytest.fixture(scope="module")
def base() -> Base:
    from pathlib import Path

    return find(BaseSpec(name="tiny", weights="random"), Path())


def clever(text: str, model: str | None) -> str:
    """The tuned model says the text in capitals, which is right; the base says it as it is."""
    return text.upper() if model else text


def metric(made: Report, name: str, arm: str) -> Metric:
    (found,) = [one for one in made.metrics if (one.name, one.arm) == (name, arm)]
    return found


@pytest.fixture
def texts() -> list[str]:
    return [f"word {letter}{other}" for letter in "abcdef" for other in "uvwxyz"]


def test_every_arm_answers_the_same_items(base: Base, run: Run, dataset: Build, model: Build, bench: Build,
                                          asked_example: Build, texts: list[str], said: list[str]) -> None:
    examples = [asked_example(text, text.upper(), group=text[:6]) for text in texts]
    data, desk = dataset(examples[:6], examples[6:]), bench(clever)
    made = report(EvaluateSpec(suites=("task",), scorers=("exact", "loss")), None, base, model(), data, "x", run, desk)
    assert made.arms == ("majority", "base", "prompted", "tuned")
    assert metric(made, "task/exact", "tuned").value == 1
    assert metric(made, "task/exact", "base").value == 0
    assert metric(made, "task/loss", "tuned").value < metric(made, "task/loss", "base").value
    assert not metric(made, "task/loss", "base").higher_is_better
    assert metric(made, "task/exact", "tuned").low < 1
    gap = {(one.name, one.against): one for one in made.differences}
    assert gap["task/exact", "base"].value == 1
    assert gap["task/exact", "majority"].n == 30
    assert ("task/loss", "majority") not in gap
    items = read_items(run.home.store, made)
    assert len(items) == 4 * 30
    assert {item.group for item in items} == {text[:6] for text in texts[6:]}
    assert said[0].startswith("task/exact")
    assert "tuned 1.00" in said[0]
    assert desk.closed


def test_the_prompted_arm_is_shown_examples(base: Base, run: Run, dataset: Build, model: Build, bench: Build,
                                            asked_example: Build, texts: list[str]) -> None:
    examples = [asked_example(text, text.upper(), system="Be brief.") for text in texts]
    spec = EvaluateSpec(suites=("task",), scorers=("exact",), shots=2)
    made = report(spec, None, base, model(), dataset(examples[:6], examples[6:]), "x", run, bench(clever))
    shown = {item.arm: item.prompt for item in read_items(run.home.store, made)}
    assert [turn["role"] for turn in shown["prompted"]] == ["system", *["user", "assistant"] * 2, "user"]
    assert [turn["role"] for turn in shown["tuned"]] == ["system", "user"]


def test_a_second_model_on_the_same_data_does_not_ask_the_base_again(
        base: Base, run: Run, dataset: Build, model: Build, bench: Build, asked_example: Build,
        texts: list[str]) -> None:
    examples = [asked_example(text, text.upper()) for text in texts]
    data, spec = dataset(examples[:6], examples[6:]), EvaluateSpec(scorers=("exact",))
    first, second = bench(clever), bench(clever)
    report(spec, None, base, model("one"), data, "x", run, first)
    made = report(spec.model_copy(update={"scorers": ("chrf",)}), None, base, model("two"), data, "x", run, second)
    assert any(request.model is None for request in first.engine.requests)
    assert all(request.model is not None for request in second.engine.requests)
    assert metric(made, "task/chrf", "base").n == 30


def test_a_prompt_that_comes_twice_is_asked_once(base: Base, run: Run, dataset: Build, model: Build, bench: Build,
                                                 asked_example: Build) -> None:
    examples = [asked_example("same", str(at)) for at in range(8)]
    desk = bench(clever)
    made = report(EvaluateSpec(suites=("task",), arms=("tuned",), scorers=("exact",)), None, base, model(),
                  dataset([], examples), "x", run, desk)
    assert len(desk.engine.requests) == 1
    assert metric(made, "task/exact", "tuned").n == 8


def test_a_prompt_that_the_engine_would_refuse_is_a_wrong_answer(
        base: Base, run: Run, dataset: Build, model: Build, bench: Build, asked_example: Build,
        said: list[str]) -> None:
    long, forged = asked_example("a " * 50, "A"), asked_example("a <|end|>", "A <|END|>")
    examples = [asked_example("one two three", "ONE TWO THREE"), long, forged]
    made = report(EvaluateSpec(suites=("task",)), None, base, model(), dataset([], examples), "x", run,
                  bench(clever, context=20))
    assert metric(made, "task/exact", "tuned").value == pytest.approx(1 / 3)
    assert metric(made, "task/loss", "tuned").n == 2
    assert said[0].startswith("base: 2 prompts are not asked and count as wrong")


def test_the_general_suite_tells_what_was_kept(base: Base, run: Run, dataset: Build, model: Build,
                                               bench: Build) -> None:
    def forgetful(text: str, digest: str | None) -> str:
        return "" if digest else text

    made = report(EvaluateSpec(suites=("general",)), None, base, model(), dataset([], []), "x", run, bench(forgetful))
    assert metric(made, "general/kept", "base").value == 1
    assert metric(made, "general/kept", "tuned").value == 0
    assert metric(made, "general/copy", "base").value > 0.3
    assert {item.suite for item in read_items(run.home.store, made)} == {"general"}
    assert "general/all" in read_about(run.home.store, made).names


def test_a_base_that_gets_nothing_right_has_nothing_to_keep(base: Base, run: Run, dataset: Build, model: Build,
                                                            bench: Build) -> None:
    made = report(EvaluateSpec(suites=("general",)), None, base, model(), dataset([], []), "x", run,
                  bench(lambda _text, _model: ""))
    assert "general/kept" not in {one.name for one in made.metrics}
    assert "general/kept" in read_about(run.home.store, made).names


def test_raw_text_is_scored_by_its_loss_alone(base: Base, run: Run, dataset: Build, model: Build, bench: Build) -> None:
    texts = [make_example(text=f"some words {at}") for at in range(5)]
    spec = EvaluateSpec(suites=("task",), scorers=("loss",))
    made = report(spec, None, base, model(), dataset([], texts), "x", run, bench(clever))
    assert made.arms == ("base", "tuned")
    with pytest.raises(Fault, match=r"set `evaluate.scorers: \[loss\]`"):
        report(EvaluateSpec(suites=("task",), scorers=("exact",)), None, base, model("m"), dataset([], texts), "x", run,
               bench(clever))


def test_without_held_out_items_there_are_no_figures(base: Base, run: Run, dataset: Build, model: Build, bench: Build,
                                                    asked_example: Build) -> None:
    made = report(EvaluateSpec(suites=("task",)), None, base, model(), dataset([asked_example("a", "b")], []), "x", run,
                  bench(clever))
    assert made.metrics == ()


def test_perplexity_is_of_all_tokens_together(base: Base, run: Run, dataset: Build, model: Build, bench: Build,
                                              asked_example: Build, texts: list[str]) -> None:
    examples = [asked_example(text, text.upper()) for text in texts]
    spec = EvaluateSpec(suites=("task",), scorers=("perplexity", "bits_per_byte", "loss"), arms=("base", "tuned"))
    made = report(spec, None, base, model(), dataset([], examples), "x", run, bench(clever))
    scored = [item.scores for item in read_items(run.home.store, made) if item.arm == "tuned"]
    nats = sum(one["nats"] for one in scored)
    assert metric(made, "task/perplexity", "tuned").value == pytest.approx(exp(nats / len(scored)), abs=1e-9)
    bits = nats / log(2) / sum(len(text) for text in texts)
    assert metric(made, "task/bits_per_byte", "tuned").value == pytest.approx(bits, abs=1e-9)
    assert not metric(made, "task/perplexity", "tuned").higher_is_better


def test_every_label_has_a_figure_of_its_own(base: Base, run: Run, dataset: Build, model: Build, bench: Build,
                                             asked_example: Build) -> None:
    labels = ["Refund", "card", "card", "loan"] * 5
    examples = [asked_example(f"text {at}", label) for at, label in enumerate(labels)]
    spec = EvaluateSpec(suites=("task",), scorers=("f1", "recall"), arms=("base", "tuned"))
    made = report(spec, None, base, model(), dataset([], examples), "x", run,
                  bench(lambda text, _model: "card" if int(text[5:]) % 4 != 3 else "loan"))
    assert metric(made, "task/recall/card", "tuned").value == 1
    assert metric(made, "task/f1/card", "tuned").value == pytest.approx(0.8)
    assert metric(made, "task/f1/refund", "tuned").value == 0
    assert expand("task/f1/card", metric_names(spec)) == ["task/f1/*"]
    assert expand("task/f1/card", read_about(run.home.store, made).names) == ["task/f1/card"]


def test_labels_without_number_are_not_each_a_metric(base: Base, run: Run, dataset: Build, model: Build, bench: Build,
                                                     asked_example: Build) -> None:
    examples = [asked_example(f"text {at}", f"label {at}") for at in range(101)]
    with pytest.raises(Fault, match="101 different ones: take macro_f1"):
        report(EvaluateSpec(suites=("task",), scorers=("f1",)), None, base, model(), dataset([], examples), "x", run,
               bench(clever))


def test_a_single_item_still_gives_a_report(base: Base, run: Run, dataset: Build, model: Build, bench: Build,
                                            asked_example: Build) -> None:
    made = report(EvaluateSpec(suites=("task",)), None, base, model(), dataset([], [asked_example("a", "A")]), "x", run,
                  bench(clever))
    assert metric(made, "task/loss", "tuned").low < metric(made, "task/loss", "tuned").value


def test_confidence_is_held_against_what_is_right(base: Base, run: Run, dataset: Build, model: Build, bench: Build,
                                                  asked_example: Build, texts: list[str]) -> None:
    examples = [asked_example(text, text.upper()) for text in texts]
    data, desk = dataset(examples[:6], examples[6:]), bench(lambda text, model: text if model else "no idea")
    made = report(EvaluateSpec(suites=("task",), arms=("base", "tuned"), scorers=("brier", "ece")), None, base, model(),
                  data, "x", run, desk)
    sure = {item.arm: item.scores["confidence"] for item in read_items(run.home.store, made)
            if item.arm != "majority"}
    assert metric(made, "task/ece", "tuned").value == pytest.approx(1 - sure["tuned"])
    assert metric(made, "task/ece", "base").value == pytest.approx(sure["base"])
    assert metric(made, "task/brier", "base").value == pytest.approx(sure["base"] ** 2)
    assert not metric(made, "task/ece", "base").higher_is_better
    assert {(one.name, one.against) for one in made.differences} == {("task/brier", "base"), ("task/ece", "base")}
