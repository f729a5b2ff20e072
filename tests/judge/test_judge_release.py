"""What is judged after a release was made is new evidence: a new report, and the next release with its own verdict."""

import json

import pytest
from verb import sentence, tune

from tunewright import judge, lineage, pipeline, registry, verbs
from tunewright.core.errors import Fault
from tunewright.core.home import find_home
from tunewright.core.items import read_items
from tunewright.core.judged import read_judged
from tunewright.core.records import Report, Verdict
from tunewright.withdraw.erase import clear_runs
from tunewright.withdraw.rewrite import Traces


def outcome(reference: str) -> str:
    home = find_home()
    verdict = lineage.load(home, registry.resolve(home, reference).verdict)
    assert isinstance(verdict, Verdict)
    return verdict.outcome


def test_a_rule_on_people_blocks_until_they_judged(desk, rate):
    assert outcome("desk@1") == "undecided"
    drawn = judge.for_people(find_home(), "desk@1", by="mira")
    made = judge.from_people(find_home(), [rate(desk, "Ann"), rate(desk, "Bo")], by="mira")
    assert made.release.reference == "desk@2"
    assert outcome("desk@2") == "pass"
    assert drawn.path.parents[1] == made.page.parent
    assert "Judged" in made.page.read_text()
    first, second = registry.resolve(find_home(), "desk@1"), made.release
    assert (first.model, first.dataset, first.recipe) == (second.model, second.dataset, second.recipe)
    assert list(verbs.verify()) == []


def test_a_run_takes_up_what_people_said(desk, rate):
    judge.for_people(find_home(), "desk@1", by="ann")
    judge.from_people(find_home(), [rate(desk, "Ann")], by="ann")
    with pipeline.opened("desk.yaml") as again:
        assert again.held.reference == "desk@2"
        assert {one.name for one in read_judged(again.run.home.store, again.report)} == {"judge", "human"}
        assert again.verdict.outcome == "pass"


def test_people_who_prefer_the_base_reject_the_release(desk, rate):
    judge.for_people(find_home(), "desk@1", by="ann")
    made = judge.from_people(find_home(), [rate(desk, "Ann", "base")], by="ann")
    assert made.verdict.outcome == "fail"
    assert [one.status for one in registry.status(find_home())] == ["candidate", "rejected"]


def test_another_rater_joins_in_place_of_the_reading_before(desk, rate):
    judge.for_people(find_home(), "desk@1", by="ann")
    one = judge.from_people(find_home(), [rate(desk, "Ann")], by="ann")
    two = judge.from_people(find_home(), [rate(desk, "Ann"), rate(desk, "Bo", "base")], by="ann")
    store = find_home().store
    humans = [[item for item in read_items(store, made.report) if item.suite == "human"] for made in (one, two)]
    assert len(humans[0]) == len(humans[1])
    people = [judged for made in (one, two) for judged in read_judged(store, made.report) if judged.kind == "human"]
    assert [judged.who for judged in people] == ["1 person", "2 people"]


def test_the_judge_is_held_against_the_people(desk, rate):
    judge.for_people(find_home(), "desk@1", by="ann")
    made = judge.from_people(find_home(), [rate(desk, "Ann")], by="ann")
    engine = next(one for one in read_judged(find_home().store, made.report) if one.kind == "pairwise")
    assert engine.measure == "kappa"


def test_the_ledger_says_who_judged_and_names_no_rater(desk, rate):
    judge.for_people(find_home(), "desk@1", by="ann")
    judge.from_people(find_home(), [rate(desk, "Annabel")], by="mira")
    entries = list(find_home().ledger.entries())
    assert [(one.action, one.subject, one.by) for one in entries[-2:]] == [
        ("judge", "desk@1", "mira"), ("add", "desk@2", "mira")]
    assert "1 person" in entries[-2].why
    assert "Annabel" not in repr(entries)


def test_reading_the_same_files_again_changes_nothing(desk, rate):
    judge.for_people(find_home(), "desk@1", by="ann")
    file = rate(desk, "Ann")
    first = judge.from_people(find_home(), [file], by="ann")
    head = find_home().ledger.head()
    assert judge.from_people(find_home(), [file], by="ann").report == first.report
    assert find_home().ledger.head() == head


def test_another_judge_judges_a_release_that_is_there(desk):
    text = (desk / "desk.yaml").read_text()
    (desk / "other.yaml").write_text(text.replace("{kind: pairwise,", "{kind: pairwise, name: other,"))
    made = verbs.judge("desk@1", recipe="other.yaml")
    assert {one.name for one in read_judged(find_home().store, made.report)} == {"judge", "other"}
    assert made.release.reference == "desk@2"


def test_a_report_can_be_judged_by_its_digest(desk):
    home = find_home()
    report = registry.resolve(home, "desk@1").report
    assert judge.for_people(home, report, by="mira").shown > 0
    with pytest.raises(Fault, match="judge takes a release or a report"):
        judge.for_people(home, registry.resolve(home, "desk@1").model, by="mira")


def test_a_page_of_another_home_is_refused(desk, rate):
    judge.for_people(find_home(), "desk@1", by="ann")
    file = rate(desk, "Ann")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"page": "0" * 64}))
    with pytest.raises(Fault, match="was not made in"):
        judge.from_people(find_home(), [file], by="ann")


def test_the_verb_makes_a_page_and_reads_it(desk, rate):
    made = tune("judge", "--human", "desk@1", "--pairs", "5")
    assert made.exit_code == 0
    assert "pairs.html" in made.stdout
    assert "5 pairs, tuned and base, blind" in made.stdout
    read = tune("judge", "--read", str(rate(desk, "Ann")), "--json")
    told = json.loads(read.stdout)
    assert told["release"] == "desk@2"
    assert read.exit_code == {"pass": 0, "fail": 3, "undecided": 4}[told["outcome"]]
    assert Report.model_validate(find_home().store.get_json(told["report"]))


@pytest.mark.parametrize(("words", "says"), [
    (("desk@1", "desk@2"), "one release or report at a time"), (("--human", "--read", "desk@1"), "give one of them"),
    (("--human", "desk@1", "--against", "prompted"), "has no arm prompted"),
    (("--human", "desk@1", "--suite", "general"), "no texts"), (("--read", "none.json"), "does not exist")])
def test_what_cannot_be_judged_is_told_in_one_sentence(desk, words, says):
    result = tune("judge", *words)
    assert result.exit_code == 2
    assert says in sentence(result)


def test_a_withdrawal_takes_away_what_people_were_shown(desk):
    drawn = judge.for_people(find_home(), "desk@1", by="ann")
    dataset = registry.resolve(find_home(), "desk@1").dataset
    assert drawn.path.exists()
    clear_runs(find_home(), [dataset], Traces("", b""))
    assert not drawn.path.exists()


def test_answers_of_a_judge_are_kept_by_item_where_a_withdrawal_clears_them(desk):
    home = find_home()
    report = Report.model_validate(home.store.get_json(registry.resolve(home, "desk@1").report))
    kept = {path.name for path in (home.path / "answers").iterdir()}
    assert kept
    assert kept <= {item.item for item in read_items(home.store, report) if item.suite == "task"}
