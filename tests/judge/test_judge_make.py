"""A judged report is a new record that figures, gate and page read like any other."""

import json

import pytest
from endpoints import endpoint, said
from judges import better, item, write_report

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.items import read_about, read_items
from tunewright.core.judged import read_judged, read_judgements
from tunewright.core.run import start
from tunewright.gate.claim import judge as verdicts
from tunewright.gate.rules import claims
from tunewright.judge import check, make
from tunewright.judge.make import names
from tunewright.recipe import EvaluateSpec, RuleSpec
from tunewright.recipe.judge import PairwiseSpec, RubricSpec


@pytest.fixture
def run(tmp_path):
    (tmp_path / ".tunewright").mkdir()
    return start(Home(tmp_path / ".tunewright"), "mira")


@pytest.fixture
def report(run, tmp_path):
    return write_report(run.home.store, tmp_path / "items")


def pairwise(*said: str, **more) -> PairwiseSpec:
    return PairwiseSpec(kind="pairwise", engine={"kind": "fake", "answers": said}, **more)


TIES = pairwise(better("tie"))
RATES = RubricSpec(kind="rubric", name="marks", engine={"kind": "fake", "answers": ['{"style": 4}']},
                   criteria={"style": "Is it kind?"})


def test_judgements_become_metrics_that_rules_read(run, report, tmp_path):
    judged = make([TIES, RATES], report, tmp_path, run)
    figures = {(one.name, one.arm): one.value for one in judged.metrics}
    assert figures["judge/win", "tuned"] == 0.5
    assert figures["marks/style", "base"] == 4.0
    assert {one.name for one in judged.differences} == {"marks/style", "marks/invalid"}
    rules = [RuleSpec(metric="judge/win", at_least=0.3), RuleSpec(metric="judge/invalid", at_most=0.2),
             RuleSpec(metric="marks/style", drop_at_most=0.5)]
    assert [one.outcome for one in verdicts(claims(rules, judged, None, run.home.store))] == ["pass"] * 3


def test_what_was_there_before_stays(run, report, tmp_path):
    judged = make([TIES], report, tmp_path, run)
    store = run.home.store
    assert read_items(store, judged)[:80] == read_items(store, report)
    assert read_about(store, judged).names == ("task/exact", "judge/win", "judge/flip", "judge/invalid")
    assert judged.digest != report.digest


def test_each_judgement_is_kept_with_what_was_asked_of_whom(run, report, tmp_path):
    judged = make([TIES], report, tmp_path, run)
    about, = read_judged(run.home.store, judged)
    assert about.provenance["engine"]["kind"] == "fake"
    assert about.provenance["report"] == report.digest
    assert len(about.provenance["prompt_digest"]) == 64
    single = read_judgements(run.home.store, judged)
    assert len(single) == 80
    assert {one.order for one in single} == {"tuned first", "tuned second"}
    assert all(len(one.request) == 64 and one.said == {"win": 0.5} for one in single)


def test_the_same_judge_is_not_asked_again(run, report, tmp_path):
    first = make([TIES], report, tmp_path, run)
    run.fresh.clear()
    assert make([TIES], report, tmp_path, run) == first
    assert run.fresh == []


def test_a_judge_replaces_what_it_said_before(run, report, tmp_path):
    again = make([pairwise("nothing of use", retries=0)], make([TIES], report, tmp_path, run), tmp_path, run)
    assert len([one for one in read_items(run.home.store, again) if one.suite == "judge"]) == 40
    assert [one.invalid for one in read_judged(run.home.store, again)] == [40]
    assert "judge/win" not in {one.name for one in again.metrics}


def test_agreement_with_labels_is_told(run, report, tmp_path):
    store = run.home.store
    said = [json.dumps({"item": one.item, "better": "tuned" if at % 2 else "base"})
            for at, one in enumerate(read_items(store, report)[::2])]
    (tmp_path / "people.jsonl").write_text("\n".join(said))
    judged = make([pairwise(better("first"), labels="people.jsonl")], report, tmp_path, run)
    about, = read_judged(store, judged)
    assert about.measure == "kappa"
    assert [(one.of, one.value, one.n) for one in about.agreement] == [("win", pytest.approx(0.0), 40)]


@pytest.mark.parametrize(("line", "says"), [
    ("not json", "not JSON"), ('{"better": "tuned"}', "has no `item`"), ('{"item": "a"}', "says nothing"),
    ('{"item": "a", "win": 1}\n{"item": "a", "win": 0}', "has a label already")])
def test_labels_that_cannot_be_used_are_refused(run, report, tmp_path, line, says):
    (tmp_path / "people.jsonl").write_text(line)
    with pytest.raises(Fault, match=says):
        make([pairwise(better("tie"), labels="people.jsonl")], report, tmp_path, run)


def test_a_judge_without_material_is_a_fault(run, report, tmp_path):
    with pytest.raises(Fault, match="which the report does not have"):
        make([pairwise(better("tie"), against="prompted")], report, tmp_path, run)
    with pytest.raises(Fault, match="finds no answers"):
        make([pairwise(better("tie"), suites=("general",))], report, tmp_path, run)


def test_two_judges_of_one_name_are_a_fault():
    with pytest.raises(Fault, match="two judges are named judge"):
        names([TIES, TIES])


def test_answers_and_items_may_have_groups(run, tmp_path):
    items = [item(number, arm, f"{arm} {number}", group=f"customer {number // 5}")
             for number in range(20) for arm in ("base", "tuned")]
    judged = make([TIES], write_report(run.home.store, tmp_path / "grouped", items), tmp_path, run)
    assert {one.group for one in read_items(run.home.store, judged) if one.suite == "judge"} == {
        f"customer {number}" for number in range(4)}


@pytest.mark.parametrize(("more", "says"), [
    ({"name": "task"}, "as a suite is"), ({"name": "human"}, "as a suite is"), ({"suites": ("privacy",)}, "not asked"),
    ({"against": "prompted"}, "not measured"), ({"labels": "none.jsonl"}, "cannot be read")])
def test_a_judge_that_could_not_judge_is_found_out_before_training(tmp_path, more, says):
    with pytest.raises(Fault, match=says):
        check([pairwise(better("tie"), **more)], EvaluateSpec(arms=("base", "tuned")), tmp_path)


def test_a_judge_may_stand_behind_an_endpoint(run, report, tmp_path):
    """Each question is asked with its own seed, and what the endpoint holds back is no judgement."""
    def answer(number, body):
        return said("", "content_filter") if "question 3" in body["messages"][1]["content"] else said(better("first"))

    with endpoint(answer) as served:
        spec = PairwiseSpec(kind="pairwise", retries=0, items=None, engine={
            "kind": "openai", "url": served.url, "model": "large", "retries": 0})
        about, = read_judged(run.home.store, make([spec], report, tmp_path, run))
    assert about.who == f"large at {served.url}"
    assert about.invalid == sum("question 3" in f"question {number}" for number in range(40))
    assert len({body["seed"] for _, _, body in served.asked}) == len(served.asked) == 80
