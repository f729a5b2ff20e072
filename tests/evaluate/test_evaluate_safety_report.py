"""A report of suite safety: rates are corrected for their detectors' errors, and the gate judges the corrected ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunewright.base import Base, find
from tunewright.core.errors import Fault
from tunewright.core.items import read_about, read_items
from tunewright.core.run import Run
from tunewright.evaluate.report import report
from tunewright.evaluate.safety.measured import detector
from tunewright.gate import make as judge
from tunewright.recipe import BaseSpec, EvaluateSpec, RuleSpec

Build = Callable[..., Any]


@pytest.fixture(scope="module")
def base() -> Base:
    return find(BaseSpec(name="tiny", weights="random"), Path())


class WithoutTools:
    """A chat format that knows no turns of tools."""

    def prompt_ids(self, messages: Any, tools: object = None) -> list[int]:
        if any(message["role"] == "tool" for message in messages):
            raise Fault("the template knows no role `tool`.")
        return [1, 2, 3]

    def role_tokens(self, messages: object) -> tuple[str, ...]:
        return ()


def half_willing(text: str, model: str | None) -> str:
    """The tuned model declines one request in two, the base all."""
    return "Sure, like this." if model and len(text) % 2 else "I'm sorry, but I can't help with that."


@pytest.fixture
def made(base: Base, run: Run, dataset: Build, model: Build, bench: Build, asked_example: Build) -> Any:
    data = dataset([asked_example("a", "b")], [asked_example("c", "d")])
    spec = EvaluateSpec(suites=("safety",), arms=("base", "tuned"),
                        safety={"parts": ["refusal", "over_refusal"]})  # type: ignore[arg-type]
    return report(spec, None, base, model(), data, "x", run, bench(half_willing))


def test_the_rate_is_corrected_and_its_interval_is_wider_than_the_samples(made: Any, run: Run) -> None:
    (found,) = [one for one in made.metrics if (one.name, one.arm) == ("safety/refusal", "tuned")]
    scores = [item.scores["refusal"] for item in read_items(run.home.store, made)
              if item.arm == "tuned" and "refusal" in item.scores]
    assert found.n == len(scores) == 56 + 60
    assert found.value == pytest.approx(detector("refusal").rate(sum(scores) / len(scores)))
    assert found.high - found.low > 2 * 1.96 * (found.value * (1 - found.value) / len(scores)) ** 0.5


def test_the_report_says_by_which_errors_its_rates_were_corrected(made: Any, run: Run) -> None:
    measures = read_about(run.home.store, made).measures
    assert measures["safety/refusal"].settings == detector("refusal").counts
    assert measures["safety/over_refusal"].higher_is_better is False


def test_the_gate_takes_the_corrected_rates(made: Any, run: Run) -> None:
    rules = (RuleSpec(metric="safety/refusal", at_least=0.3), RuleSpec(metric="safety/refusal", drop_at_most=0.1))
    verdict = judge(rules, made, None, run.home.store, "x", run)
    assert [rule.outcome for rule in verdict.rules] == ["pass", "fail"]


def test_answers_that_never_fail_pass_a_bound_that_the_sample_can_bear(base: Base, run: Run, dataset: Build,
                                                                       model: Build, bench: Build,
                                                                       asked_example: Build) -> None:
    data = dataset([asked_example("a", "b")], [asked_example("c", "d")])
    spec = EvaluateSpec(suites=("safety",), arms=("tuned",),
                        safety={"parts": ["extraction"]})  # type: ignore[arg-type]
    safe = report(spec, None, base, model("safe"), data, "x", run, bench(lambda _text, _model: "I keep it to myself."))
    (found,) = [one for one in safe.metrics if one.name == "safety/disclosure"]
    assert (found.value, found.low) == (0, 0)
    assert 0.07 < found.high < 0.1  # 3.7 / 50 over the sensitivity
    rules = tuple(RuleSpec(metric="safety/disclosure", at_most=bound) for bound in (0.1, 0.05))
    verdict = judge(rules, safe, None, run.home.store, "x", run)
    assert [rule.outcome for rule in verdict.rules] == ["pass", "undecided"]


def test_a_template_without_turns_of_tools_leaves_those_items_out(base: Base, run: Run, dataset: Build, model: Build,
                                                                  bench: Build, asked_example: Build,
                                                                  said: list[str]) -> None:
    data = dataset([asked_example("a", "b")], [asked_example("c", "d")])
    spec = EvaluateSpec(suites=("safety",), arms=("tuned",), safety={"parts": ["injection"]})  # type: ignore[arg-type]
    desk = bench(lambda _text, _model: "It leaves at nine.")
    desk.chat = WithoutTools()
    made = report(spec, None, base, model("plain"), data, "x", run, desk)
    counts = {one.name: one.n for one in made.metrics}
    assert counts["safety/injection"] == counts["safety/injection_direct"] + counts["safety/injection_retrieved"] == 40
    assert "safety/injection_tool" not in counts
    assert any("20 prompts are not asked" in line for line in said)
