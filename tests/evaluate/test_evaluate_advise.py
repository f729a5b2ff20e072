"""Advice: the rules decide in their order, and say why; the arms that need no training are asked before any."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.base import Base, find
from tunewright.core.errors import Fault
from tunewright.core.run import Run
from tunewright.evaluate.advise import make
from tunewright.evaluate.advise.checks import checks
from tunewright.evaluate.advise.facts import Facts, Standing, Stands
from tunewright.evaluate.advise.make import cheap
from tunewright.evaluate.advise.rules import RULES, advise
from tunewright.recipe import BaseSpec, EvaluateSpec, RuleSpec
from tunewright.recipe.advise import AdviseSpec

Build = Callable[..., Any]
GATE = (RuleSpec(metric="task/exact", at_least=0.8),)


def facts(*arms: Standing, spec: dict[str, Any] | None = None, **more: Any) -> Facts:
    """Facts under which nothing but the arms speaks against fine-tuning."""
    usual: dict[str, Any] = {"bounds": ("task/exact at least 0.8",), "examples": 1000, "distinct": 50, "left_out": 0.05,
                             "held_out": 200}
    return Facts(spec=AdviseSpec(**spec or {}), arms=arms or (arm("base"), arm("prompted")), **usual | more)


def arm(name: str, stands: Stands = "misses", **more: Any) -> Standing:
    return Standing(name, stands, "task/exact 0.40, 95 % 0.33 to 0.47", **more)


@pytest.mark.parametrize(("known", "way", "because"), [
    (facts(bounds=()), "measure", "the gate asks nothing of suite task"),
    (facts(held_out=12), "measure", "12 held-out items are too few"),
    (facts(arm("base"), arm("prompted", "reaches")), "keep", "prompted reaches what the gate asks without training"),
    (facts(spec={"knowledge": "weekly"}), "look up", "what it has to know changes weekly"),
    (facts(examples=40), "collect", "40 training examples are few"),
    (facts(left_out=0.4), "mend", "40% of the records were no use"),
    (facts(), "fine-tune", "no arm without training is shown to reach what the gate asks"),
    (facts(arm("base"), arm("prompted", "open")), "fine-tune", "prompted may: the data cannot tell"),
    (facts(spec={"knowledge": "monthly"}), "fine-tune", "1,000 examples to learn from")])
def test_each_rule_decides_where_it_should(known: Facts, way: str, because: str) -> None:
    found, reasons = advise(known)
    assert (found, because in reasons[0]) == (way, True), reasons


@pytest.mark.parametrize(("spec", "barred", "because"), [
    ({"private": True}, arm("endpoint", "reaches"), "prompts must not leave"),
    ({"latency": 0.5}, arm("prompted", "reaches", seconds=0.8), "95 % of its answers take up to 0.8 s"),
    ({"cost": 1.0}, arm("prompted", "reaches", cost=2.0), "1,000 answers cost 2, and 1 is the limit")])
def test_an_arm_that_may_not_be_used_is_not_kept(spec: dict[str, Any], barred: Standing, because: str) -> None:
    found, reasons = advise(facts(arm("base"), barred, spec=spec))
    assert found == "fine-tune"
    assert because in reasons[0]
    assert advise(facts(arm("base"), barred))[0] == "keep"


def test_the_cheapest_arm_that_reaches_the_gate_is_kept_and_the_first_reason_decides() -> None:
    found, reasons = advise(facts(arm("base"), arm("prompted", "reaches"), arm("endpoint", "reaches"), examples=10,
                                  spec={"knowledge": "daily"}))
    assert found == "keep"
    assert [reason.split()[0] for reason in reasons] == ["prompted", "what", "10"]


@given(st.builds(lambda stands, examples, left_out, held_out, knowledge, bounds: facts(
    arm("base", stands), examples=examples, left_out=left_out, held_out=held_out, spec={"knowledge": knowledge},
    bounds=("task/exact at least 0.8",) if bounds else ()),
    st.sampled_from(["reaches", "misses", "open"]), st.integers(0, 300), st.floats(0, 1), st.integers(0, 300),
    st.sampled_from([None, "never", "yearly", "monthly", "weekly", "daily"]), st.booleans()))
def test_whatever_is_known_there_is_a_way_and_a_reason(known: Facts) -> None:
    way, reasons = advise(known)
    assert way in [name for name, _ in RULES]
    assert reasons and all(reasons)
    assert way == "fine-tune" or len(reasons) == len(set(reasons))
    assert len(checks(known)) == 7


def test_the_checklist_names_what_nobody_answered_and_what_nobody_measured() -> None:
    told = {check.question: check for check in checks(facts(spec={"latency": 1, "cost": 2}))}
    assert told["how often knowledge changes"].says == "not answered: `--knowledge`"
    assert told["how fast an answer must be"].says == "unknown: set `evaluate.latency: {alone: 20}`"
    assert told["what 1,000 answers may cost"].says == "unknown: set `evaluate.prices`"
    slow = {check.question: check for check in checks(facts(arm("base", seconds=2.0, cost=3.0),
                                                            spec={"latency": 1, "cost": 2}))}
    assert slow["how fast an answer must be"].says == "too slow: base"
    assert slow["what 1,000 answers may cost"].says == "too dear: base"


@pytest.fixture(scope="module")
def base() -> Base:
    return find(BaseSpec(name="tiny", weights="random"), Path())


@pytest.fixture
def advised(base: Base, run: Run, dataset: Build, bench: Build, asked_example: Build, tmp_path: Path) -> Build:
    """Advice on 60 held-out items and 120 examples."""

    def build(answer: Callable[[str, str | None], str], gate: tuple[RuleSpec, ...] = GATE, test: int = 60,
              **more: Any) -> Any:
        examples = [asked_example(f"word {number}", f"WORD {number}") for number in range(120 + test)]
        made = dataset(examples[test:], examples[:test])
        made = made.model_copy(update={"counts": {**made.counts, "rows": 120 + test, "records": 120 + test}})
        spec = EvaluateSpec(scorers=("exact",), **more)
        return make(AdviseSpec(), spec, gate, base, made, "x", tmp_path, run, bench(answer))

    return build


def test_a_base_that_examples_in_the_prompt_teach_is_kept(advised: Build, run: Run) -> None:
    """The base answers in capitals once it has been shown some."""
    asked: list[str] = []

    def answer(text: str, model: str | None) -> str:
        asked.append(text)
        return text.upper() if asked.count(text) == 2 else text  # base first, then prompted

    advice = advised(answer)
    assert (advice.way, advice.arm) == ("keep", "prompted")
    assert advice.arms == ("majority", "base", "prompted")
    (gap,) = advice.differences
    assert (gap.arm, gap.against, gap.value) == ("prompted", "base", 1.0)
    count = len(asked)
    assert advised(answer) == advice
    assert len(asked) == count
    assert "advise" in run.fresh


def test_a_base_that_cannot_do_it_is_fine_tuned(advised: Build) -> None:
    advice = advised(lambda text, model: text)
    assert (advice.way, advice.arm) == ("fine-tune", None)
    assert "120 examples" in advice.reasons[0]


def test_rules_of_differences_and_of_other_suites_ask_nothing_of_a_cheap_arm(advised: Build) -> None:
    gate = (RuleSpec(metric="general/all", at_least=0.1), RuleSpec(metric="task/exact", rise_at_least=0.1))
    assert advised(lambda text, model: text.upper(), gate).way == "measure"
    star = (RuleSpec(metric="task/*", at_least=0.8),)
    assert advised(lambda text, model: text.upper(), star).way == "keep"


def test_without_held_out_items_there_is_no_advice(advised: Build) -> None:
    with pytest.raises(Fault, match="part test is empty"):
        advised(lambda text, model: text, test=0)


def test_the_cheap_arms_are_those_that_have_what_they_need() -> None:
    assert cheap(EvaluateSpec()) == ("base", "prompted")
    whole = EvaluateSpec.model_validate({"documents": {"path": "x"}, "endpoint": {"url": "http://h", "model": "m"},
                                         "tools": {"functions": "f.py"}})
    assert cheap(whole) == ("base", "prompted", "tools", "retrieval", "endpoint")
    assert cheap(EvaluateSpec(arms=("base", "tools"))) == ("base", "prompted", "tools")
