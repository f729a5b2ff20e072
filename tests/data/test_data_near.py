"""Leaks and near-duplicates: each is named with the record that it resembles, and nothing else is left out."""

import csv
import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright import data
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import Run, start
from tunewright.data.lines import first
from tunewright.data.near import _chosen, _Finding
from tunewright.recipe import DataSpec

FORM = {"prompt": "ask", "response": "say"}
WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty", "knoll", "lagoon",
         "marsh", "north", "ocean", "plain"]


@pytest.fixture
def made(folder: Path, run: Run, home: Home, jsonl: Any, source: Any) -> Any:
    """Makes the dataset of files given as {name: (part, [(question, answer), …])}; its counts and what was removed."""
    def build(files: dict[str, tuple[str, list[tuple[str, str]]]], suites: Any = None, **duplicates: Any) -> Any:
        sources = []
        for name, (part, rows) in files.items():
            jsonl(name, [{"ask": ask, "say": say} for ask, say in rows])
            sources.append(source(name, format=FORM, part=part))
        spec = DataSpec.model_validate({"sources": sources, "duplicates": duplicates, "quality": None})
        dataset = data.make(spec, "near", folder, run, suites=suites)
        stored = home.store.folder(dataset.files)
        removed = [json.loads(line) for line in home.store.get(stored["removed.jsonl"]).splitlines()]
        return dataset.counts, removed, home.store.get(stored["card.md"]).decode()
    return build


def different(count: int) -> list[tuple[str, str]]:
    """Questions that resemble nothing."""
    return [(f"{WORDS[at % 16]}{at} {WORDS[at // 16 % 16] * 3} {at * 7919}", f"answer {at}") for at in range(count)]


LONG = "Please tell me how I can change the address on my account before the next letter is sent"
TEST = ("test.jsonl", ("test", [("Where is my new card?", "cards"), (LONG, "address")]))


def test_a_question_of_test_in_other_letters_leaves_train(made: Any) -> None:
    rows = [("where is my  new CARD", "cards"), ("Where is my old card?", "cards"), *different(20)]
    counts, removed, card = made({"train.jsonl": ("train", rows), TEST[0]: TEST[1]})
    assert (counts["leaks"], counts["train"], counts["test"]) == (1, 21, 2)
    assert [(one["row"], one["same_path"], one["same_row"], one["similarity"]) for one in removed] == [
        (1, "test.jsonl", 1, 1.0)]
    assert "row 1 of `train.jsonl` (train) equals row 1 of `test.jsonl` (test)" in card


def test_a_nearly_equal_question_leaves_train_only_where_the_recipe_asks_for_it(made: Any) -> None:
    files = {"train.jsonl": ("train", [(LONG.replace("letter", "parcel"), "address"), *different(20)]),
             TEST[0]: TEST[1]}
    assert made(files)[0]["leaks"] == 0
    counts, removed, card = made(files, near=0.8)
    assert counts["leaks"] == 1
    assert 0.8 <= removed[0]["similarity"] < 1
    assert f"is {removed[0]['similarity']:.2f} similar to row 2 of `test.jsonl`" in card


def test_of_near_duplicates_in_train_the_first_stays_if_they_answer_alike(made: Any) -> None:
    rows = [(LONG, "address"), (f"{LONG}!", "address."), (f"{LONG} today", "phone"), *different(20)]
    counts, removed, card = made({"train.jsonl": ("train", rows), "test.jsonl": ("test", [("Hello there", "hi")])},
                                 near=0.8)
    assert (counts["near-duplicates"], counts["leaks"]) == (1, 0)
    assert [(one["why"], one["row"], one["same_row"]) for one in removed] == [("near", 2, 1)]
    assert "Near-duplicates in train: 1" in card


def test_raw_texts_answer_nothing_and_are_compared_whole(folder: Path, run: Run, jsonl: Any, source: Any) -> None:
    jsonl("train.jsonl", [{"text": text} for text in (LONG, f"{LONG}!", *(ask for ask, _ in different(20)))])
    jsonl("test.jsonl", [{"text": "Something else entirely"}])
    spec = DataSpec.model_validate({"quality": None, "duplicates": {"near": 0.8}, "sources": [
        source(f"{part}.jsonl", format="text", part=part) for part in ("train", "test")]})
    assert data.make(spec, "texts", folder, run).counts["near-duplicates"] == 1


def test_what_a_suite_asks_leaves_train_and_only_train(made: Any) -> None:
    asks = {"general": lambda: ["Say what two and two make, please, in one word"]}
    rows = [("say what two and two make, please, in one word.", "four"), *different(20)]
    files = {"train.jsonl": ("train", rows), "test.jsonl": ("test", rows[:1])}
    counts, removed, card = made({**files, "test.jsonl": TEST[1]}, asks)
    assert (counts["leaks"], counts["test"]) == (1, 2)
    assert removed[0]["reason"] == "asks what suite `general` asks: Say what two and two make, please, in one word"
    assert removed[0]["reason"] in card
    near = [("Say what two and two make, please, in a word", "four"), *different(20)]
    assert "similar to what suite `general` asks" in made(
        {"train.jsonl": ("train", near), TEST[0]: TEST[1]}, asks, near=0.7)[1][0]["reason"]
    assert made(files, asks)[0]["test"] == 1


def test_a_recipe_may_stop_at_leaks(made: Any) -> None:
    files = {"train.jsonl": ("train", [("where is my new card", "cards"), *different(20)]), TEST[0]: TEST[1]}
    with pytest.raises(Fault, match=r"1 record would be learned and examined, the first train.jsonl, row 1 "
                                    r"\(test.jsonl, row 1\): take"):
        made(files, leaks="fail")


def test_half_of_train_is_not_left_out_as_nearly_the_same(made: Any) -> None:
    rows = [(f"{LONG} {at}", "address") for at in range(10)]
    with pytest.raises(Fault, match=r"near: 0.8 would leave 9 of 10 records out of train"):
        made({"train.jsonl": ("train", rows), "test.jsonl": ("test", [("Hello there", "hi")])}, near=0.8)


def test_a_question_in_other_letters_is_in_one_part_with_itself(folder: Path, run: Run, home: Home, jsonl: Any,
                                                                source: Any) -> None:
    jsonl("all.jsonl", [{"ask": ask, "say": say} for ask, say in different(60)]
          + [{"ask": f" {ask.upper()}?", "say": say} for ask, say in different(60)])
    spec = DataSpec.model_validate({"sources": [source("all.jsonl", format=FORM)], "quality": None})
    counts = data.make(spec, "letters", folder, run).counts
    assert (counts["leaks"], counts["records"]) == (0, 120)


findings = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 11), st.booleans()), max_size=30).map(
    lambda drawn: [_Finding(row, same % row, leak, 0.9) for row, same, leak in sorted(drawn)])


@given(findings)
def test_who_is_left_out_names_one_that_stays_and_who_stays_resembles_none(found: list[_Finding]) -> None:
    chosen = _chosen(found)
    assert all(one.same not in chosen for one in chosen.values())
    assert all(one.row in chosen or one.same in chosen for one in found)


def test_the_known_near_leaks_of_banking77_leave_train(real_data: Path, home: Home, run: Run, source: Any) -> None:
    folder = real_data / "banking77"
    form = {"prompt": "text", "response": "category"}
    spec = DataSpec.model_validate({"duplicates": {"near": 0.8}, "quality": None, "sources": [
        source(f"{part}.csv", format=form, part=part) for part in ("train", "test")]})
    dataset = data.make(spec, "banking77", folder, run)
    removed = first(home.store, home.store.folder(dataset.files), "removed", 10_000)
    why = Counter(one["why"] for one in removed)
    # By brute force 198 rows of train are at least 0.8 similar to one of 176 rows of test; 4 more equal but for spaces.
    assert 196 <= why["leak"] <= 202
    assert all(one["similarity"] >= 0.8 for one in removed)
    texts = {part: [row["text"] for row in csv.DictReader(StringIO((folder / f"{part}.csv").read_bytes().decode()))]
             for part in ("train", "test")}
    assert all(texts["train"][one["row"] - 1] != texts["train"][one["same_row"] - 1] or one["similarity"] == 1
               for one in removed if one["why"] == "near")
    assert dataset.counts["rows"] == sum(why.values()) + dataset.counts["records"]


def test_of_the_questions_of_gsm8k_one_is_nearly_asked_in_train(real_data: Path, home: Home, run: Run,
                                                                source: Any) -> None:
    form = {"prompt": "question", "response": "answer"}
    spec = DataSpec.model_validate({
        "duplicates": {"near": 0.5, "shingle": {"words": 5}}, "quality": None,
        "sources": [source(f"{part}.jsonl", format=form, part=part) for part in ("train", "test")]})
    dataset = data.make(spec, "gsm8k", real_data / "gsm8k", run)
    removed = [one for one in first(home.store, home.store.folder(dataset.files), "removed", 10_000)
               if one["why"] == "leak"]
    # As whole rows, question and answer, none is (tests/similar/test_similar_search.py).
    assert [(one["row"], one["same_row"], round(one["similarity"], 2)) for one in removed] == [
        (1315, 603, 0.56), (5163, 603, 0.56)]


def test_a_person_hears_how_far_the_search_is(home: Home, folder: Path, jsonl: Any, source: Any) -> None:
    told: list[str] = []
    rows = [*different(20), (f"{LONG} 1", "a"), (f"{LONG} 2", "a")]
    jsonl("a.jsonl", [{"ask": ask, "say": say} for ask, say in rows])
    spec = DataSpec.model_validate({"sources": [source("a.jsonl", format=FORM)], "quality": None,
                                    "duplicates": {"near": 0.8}, "split": {"group": {"similar": 0.8}}})
    data.make(spec, "d", folder, start(home, "x", progress=lambda stage, text: told.append(text)))
    assert "groups · 100 %" in told and "near-duplicates · 100 %" in told
