"""A judge by rubric rates each arm's answers, each distinct one once."""

import json

import pytest
from judges import ENGINE, Mind, answers, item, silent

from tunewright.judge.rubric import judge, names
from tunewright.recipe.judge import RubricSpec

SPEC = RubricSpec(kind="rubric", engine=ENGINE, criteria={"correctness": "Is it true?", "style": "Is it kind?"})


def rate(material: dict) -> str:
    return json.dumps({"correctness": 5 if material["answer"].startswith("tuned") else 2, "style": 3})


def test_every_arm_is_rated_by_each_criterion():
    items, about, single = judge(SPEC, answers(4), Mind(rate), silent)
    assert {(one.arm, one.scores["correctness"]) for one in items} == {("base", 2.0), ("tuned", 5.0)}
    assert about.items == len(single) == 8


def test_answers_that_are_the_same_are_rated_once():
    mind = Mind(rate)
    items, about, _ = judge(SPEC, [item(1, "base", "yes"), item(1, "tuned", "yes")], mind, silent)
    assert (len(mind.asked), len(items), about.same) == (1, 2, 1)


@pytest.mark.parametrize("said", ['{"correctness": 6, "style": 3}', '{"correctness": 4}', '{"correctness": true, '
                                  '"style": 2}', '{"correctness": 3.5, "style": 2}', "five of five"])
def test_a_rating_that_does_not_fit_is_none(said):
    items, about, _ = judge(SPEC, [item(1, "tuned", "yes")], Mind(lambda _: said), silent)
    assert [one.scores for one in items] == [{"invalid": 1.0}]
    assert about.invalid == 1


def test_its_metrics_are_its_criteria():
    assert list(names(SPEC)) == ["correctness", "style", "invalid"]
