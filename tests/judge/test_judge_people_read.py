"""What people save is checked whole before any of it counts."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_judge_people_draw import keyed, pair

from tunewright.core.errors import Fault
from tunewright.judge.people import read
from tunewright.judge.people.page import ASKED

FOUND = [*(pair(number) for number in range(24)), pair(99, "same", "same")]
_, KEY = keyed(FOUND)


def rows(choose=lambda one: one.tuned):
    return [{"id": one.id, **dict.fromkeys(ASKED, choose(one))} for one in KEY.shown]


def write(folder, rater="Ann", answers=None, page=KEY.page, name=None):
    path = folder / f"{name or rater}.json"
    path.write_text(json.dumps({"page": page, "rater": rater, "saved": "", "answers": rows() if answers is None
                                else answers}))
    return path


def taken(*paths):
    answers = [read.read(path) for path in paths]
    read.check(answers, KEY)
    return read.judged(answers, KEY, {one.item: f"customer of {one.item}" for one in FOUND})


def test_a_rater_who_always_takes_the_tuned_answer_gives_it_every_win(tmp_path):
    items, about, single = taken(write(tmp_path))
    shown = [one for one in items if one.item not in KEY.same]
    assert {one.scores["win"] for one in shown} == {1.0}
    assert [one.scores["win"] for one in items if one.item in KEY.same] == [0.5]
    assert {one.group for one in items} == {f"customer of {one.item}" for one in items}
    assert about.who == "1 person"
    assert about.agreement == ()
    assert len(single) == 24


def test_a_rater_who_always_takes_a_side_is_found_out(tmp_path):
    items, about, _ = taken(write(tmp_path, answers=rows(lambda _: "a")))
    assert sum(one.scores["win"] for one in items) == len(items) / 2
    assert [(one.of, one.value) for one in about.trust] == [("first", 1.0)]


def test_several_raters_are_one_item_a_pair_and_their_agreement_is_told(tmp_path):
    half = [{**row, "overall": "equal"} if at % 2 else row for at, row in enumerate(rows())]
    items, about, single = taken(write(tmp_path), write(tmp_path, "Bo", half))
    assert len(items) == len(FOUND)
    assert sorted({one.scores["win"] for one in items}) == [0.5, 0.75, 1.0]
    assert [one.of for one in about.agreement] == ["win"]  # of the rest nobody ever differs
    assert {one.rater for one in single} == {"rater 1", "rater 2"}


def test_no_name_of_a_rater_leaves_the_run(tmp_path):
    items, about, single = taken(write(tmp_path, "Annabel"))
    assert "Annabel" not in repr((items, about, single))


@given(st.lists(st.sampled_from(["a", "equal", "b"]), min_size=24, max_size=24))
@settings(max_examples=20)
def test_swapping_every_answer_swaps_the_win_rate(tmp_path_factory, words):
    folder = tmp_path_factory.mktemp("answers")
    other = {"a": "b", "b": "a", "equal": "equal"}
    said = dict(zip((one.id for one in KEY.shown), words, strict=True))
    one, _, _ = taken(write(folder, answers=rows(lambda shown: said[shown.id])))
    swapped, _, _ = taken(write(folder, answers=rows(lambda shown: other[said[shown.id]])))
    for ours, theirs in zip(one, swapped, strict=True):
        assert ours.scores["win"] == 1 - theirs.scores["win"]


@pytest.mark.parametrize(("spoil", "says"), [
    (lambda value: value | {"page": "0" * 64}, "page 000000"),
    (lambda value: value | {"answers": value["answers"][1:]}, "leaves 1 of 24 pairs open"),
    (lambda value: value | {"answers": [*value["answers"], value["answers"][0]]}, "twice"),
    (lambda value: value | {"answers": [{**value["answers"][0], "id": "other"}, *value["answers"][1:]]}, "not have"),
    (lambda value: value | {"answers": [{**value["answers"][0], "style": "left"}, *value["answers"][1:]]}, "one of a"),
    (lambda value: value | {"answers": [{**value["answers"][0], "style": None}, *value["answers"][1:]]}, "1 of 24"),
    (lambda value: value | {"answers": [{"style": "a"}]}, "without the pair"),
    (lambda value: value | {"rater": " "}, "who answered"),
    (lambda value: {"answers": value["answers"]}, "holds no answers"),
    (lambda value: value | {"answers": {}}, "holds no answers"),
    (lambda _: [1], "holds no answers")])
def test_a_file_that_is_not_whole_is_refused(tmp_path, spoil, says):
    good, path = write(tmp_path), write(tmp_path, "Bo", rows(lambda _: "equal"))
    path.write_text(json.dumps(spoil(json.loads(path.read_text()))))
    with pytest.raises(Fault, match=says):
        taken(good, path)


def test_what_is_no_json_is_refused(tmp_path):
    for content in (b"", b"answers", b"\xff\xfe", b"[" * 100_000):
        (tmp_path / "x.json").write_bytes(content)
        with pytest.raises(Fault, match="the file that the page saved"):
            read.read(tmp_path / "x.json")
    with pytest.raises(Fault, match="does not exist"):
        read.read(tmp_path / "y.json")


def test_one_person_counts_once(tmp_path):
    first = write(tmp_path)
    with pytest.raises(Fault, match="same person"):
        taken(first, write(tmp_path, "ann ", rows(lambda _: "a"), name="again"))
    with pytest.raises(Fault, match="same person"):
        taken(first, write(tmp_path, "Bo"))
