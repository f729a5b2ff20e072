import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from releases import RECIPE, add_release

from tunewright import lineage
from tunewright.core.errors import Fault
from tunewright.lineage.diff import Diff, Shift


@pytest.fixture
def two(home):
    return add_release(home, "desk", seed="1"), add_release(home, "desk", "fail", seed="4")


def test_only_what_changed_is_told_with_deltas(home, two):
    found = lineage.diff(home, *two)
    assert {shift.what: (shift.before, shift.after, shift.delta) for shift in found.shifts} == {
        "report.task/exact.tuned": (0.9, 0.2, -0.7),
        "verdict.outcome": ("pass", "fail", None),
        "verdict.task/exact at_least 0.5": ("pass", "fail", None)}


def test_equal_records_differ_in_nothing(home, two):
    found = lineage.diff(home, two[0], two[0])
    assert found.shifts == ()
    assert found.text() == "desk@1 → desk@1: nothing changed"
    assert "Nothing changed." in found.markdown()


def test_a_changed_recipe_names_the_field(home):
    other = RECIPE.model_copy(update={"train": (RECIPE.train[0].model_copy(update={"rank": 32}),)})
    (shift,) = lineage.diff(home, RECIPE, other).shifts
    assert shift == Shift("train.0.rank", 16, 32, 16)


def test_records_of_different_kinds_are_not_compared(home, two):
    with pytest.raises(Fault, match="a release and a recipe cannot be compared"):
        lineage.diff(home, two[0], RECIPE)


def test_text_lines_up_and_shows_the_delta(home, two):
    lines = lineage.diff(home, *two).text().splitlines()
    assert lines[0] == "desk@1 → desk@2"
    assert lines[1] == "report.task/exact.tuned          0.9 → 0.2   −0.7"


def test_markdown_is_a_table(home, two):
    lines = lineage.diff(home, *two).markdown().splitlines()
    assert lines[2:5] == ["| what | before | after | delta |", "| --- | --- | --- | --- |",
                          "| report.task/exact.tuned | 0.9 | 0.2 | −0.7 |"]


def test_json_holds_every_shift(home, two):
    found = json.loads(json.dumps(lineage.diff(home, *two).json()))
    assert found["shifts"][0] == {"what": "report.task/exact.tuned", "before": 0.9, "after": 0.2, "delta": -0.7}


@given(st.text(), st.text())
def test_no_text_breaks_out_of_its_markdown_cell(before, after):
    rows = Diff("recipe", "a", "b", (Shift("purpose", before, after),)).markdown().splitlines()
    assert len(rows) == 5
    assert rows[4].replace("\\|", "").count("|") == 5
