"""Two datasets are compared record by record, as brute force would, whatever files their parts lie in."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright import lineage
from tunewright.core.examples import PARTS, Example, make_example, write_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Origin
from tunewright.lineage.compare import compare

Row = tuple[str, str, int, str]
"""What is asked, what is answered, the row, the part."""


def example(row: Row, system: str | None = None) -> Example:
    asked, answered, number, _ = row
    turns = ({"role": "user", "content": asked}, {"role": "assistant", "content": answered})
    said = ({"role": "system", "content": system}, *turns) if system else turns
    return make_example(messages=said, row=number, label=answered)


def dataset(home: Home, folder: Path, rows: list[Row], cut: int = 10**6, system: str | None = None,
            path: str = "a.csv") -> Dataset:
    """A dataset of these rows, each part in files of `cut` records."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    for part in PARTS:
        held = [example(row, system) for row in rows if row[3] == part]
        pieces = [held[at:at + cut] for at in range(0, len(held), cut)] or [[]]
        for number, piece in enumerate(pieces, 1):
            write_examples(folder / (f"{part}.parquet" if len(pieces) == 1 else f"{part}-{number:04d}.parquet"), piece)
    origin = Origin(path=path, digest="a" * 64, license="CC0-1.0", basis="contract", rows=len(rows))
    return Dataset(name="desk", spec="0" * 64, origins=(origin,), files=home.store.put_folder(folder),
                   counts={part: sum(row[3] == part for row in rows) for part in PARTS})


BEFORE: list[Row] = [("lost card", "card", 1, "train"), ("late fee", "fee", 2, "train"),
                     ("blocked", "card", 3, "train"), ("rate", "rate", 4, "test"),
                     ("open account", "account", 5, "train")]
AFTER: list[Row] = [("lost card", "loss", 1, "train"), ("late fees", "fee", 2, "train"), ("rate", "rate", 3, "train"),
                    ("open account", "account", 4, "train"), ("close account", "account", 9, "test")]


def test_records_are_the_same_moved_changed_added_or_removed(home: Home, tmp_path: Path) -> None:
    found = compare(home.store, dataset(home, tmp_path / "a", BEFORE), dataset(home, tmp_path / "b", AFTER))
    assert (found.same, found.moved, found.added, found.removed, found.changed) == (2, 1, 1, 1, 2)
    assert [(one.path, one.row, one.part) for one in found.first_added] == [("a.csv", 9, "test")]
    assert [(one.row, one.part) for one in found.first_removed] == [(3, "train")]
    assert [(one.what, one.before.row, one.after.row) for one in found.first_changed] == [
        ("answer", 1, 1), ("question", 2, 2)]
    assert found.first_added[0].id == example(AFTER[4]).id


def test_a_question_that_moved_to_another_row_is_the_record_that_changed(home: Home, tmp_path: Path) -> None:
    one = dataset(home, tmp_path / "a", [("q1", "x", 1, "train"), ("q2", "y", 2, "train")])
    other = dataset(home, tmp_path / "b", [("q0", "new", 1, "train"), ("q1", "X", 2, "train"), ("q2", "y", 3, "train")])
    found = compare(home.store, one, other)
    assert (found.same, found.added, found.removed, found.changed) == (1, 1, 0, 1)
    assert (found.first_changed[0].before.row, found.first_changed[0].after.row) == (1, 2)


def test_a_changed_system_prompt_changes_every_record_and_nothing_else_of_it(home: Home, tmp_path: Path) -> None:
    one, other = (dataset(home, tmp_path / "a", BEFORE, system=system) for system in (None, "Be brief."))
    found = compare(home.store, one, other)
    assert (found.changed, found.added, found.removed) == (5, 0, 0)
    assert {change.what for change in found.first_changed} == {"system prompt"}


def test_raw_text_and_preferences_are_compared_too(home: Home, tmp_path: Path) -> None:
    def kept(name: str, text: str, chosen: str) -> Dataset:
        ask, say = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "No"}
        made = [make_example(text=text, row=1),
                make_example(prompt=(ask,), chosen=({**say, "content": chosen},), rejected=(say,), row=2)]
        whole = dataset(home, tmp_path / name, [])
        write_examples(tmp_path / name / "train.parquet", made)
        return whole.model_copy(update={"files": home.store.put_folder(tmp_path / name)})
    found = compare(home.store, kept("a", "once", "Hello"), kept("b", "twice", "Hey"))
    assert [(one.what, one.before.row) for one in found.first_changed] == [("text", 1), ("answer", 2)]


rows = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz"), st.integers(1, 6), st.sampled_from(PARTS)),
                max_size=12)


@given(before=rows, after=rows, cuts=st.tuples(st.integers(1, 4), st.integers(1, 4)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_are_those_of_brute_force(before: list[Row], after: list[Row], cuts: tuple[int, int], home: Home,
                                         tmp_path: Path) -> None:
    found = compare(home.store, dataset(home, tmp_path / "a", before, cuts[0]),
                    dataset(home, tmp_path / "b", after, cuts[1]))
    one, other = ({example(row).id for row in rows} for rows in (before, after))
    assert found.same == len(one & other)
    assert found.changed + found.removed == len(one - other)
    assert found.changed + found.added == len(other - one)
    tallies = {shape.name: shape for shape in found.distributions}
    spread = [Counter(row[3] for row in rows) for rows in (before, after)]
    if before and after:
        expected = sum(abs(spread[0][part] / len(before) - spread[1][part] / len(after)) for part in PARTS) / 2
        assert tallies["part"].distance == pytest.approx(expected, abs=1e-6)


@given(row_list=rows, cuts=st.tuples(st.integers(1, 4), st.integers(1, 4)))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_how_records_are_divided_into_files_is_no_change(row_list: list[Row], cuts: tuple[int, int], home: Home,
                                                         tmp_path: Path) -> None:
    found = compare(home.store, *(dataset(home, tmp_path / "a", row_list, cut) for cut in cuts))
    assert (found.moved, found.added, found.removed, found.changed) == (0, 0, 0, 0)
    assert all(one.distance == 0 and one.shifts == () for one in found.distributions)


@pytest.fixture
def two(home: Home, tmp_path: Path) -> tuple[Dataset, Dataset]:
    return dataset(home, tmp_path / "a", BEFORE), dataset(home, tmp_path / "b", AFTER)


def test_a_diff_of_datasets_tells_their_records(home: Home, two: tuple[Dataset, Dataset]) -> None:
    lines = lineage.diff(home, *two).text().splitlines()
    assert "records   2 the same, 1 of them in another part · 1 added · 1 removed · 2 changed" in lines
    assert f"added     a.csv, row 9 (test) {example(AFTER[4]).id[:6]}" in lines
    assert any(line.startswith("changed   a.csv, row 1 (train)") and line.endswith(": answer") for line in lines)
    assert any(line.startswith("spread    part") for line in lines)


def test_a_diff_of_datasets_is_told_as_markdown_and_json(home: Home, two: tuple[Dataset, Dataset]) -> None:
    found = lineage.diff(home, *two)
    assert "**Records:** 2 the same, 1 of them in another part · 1 added · 1 removed · 2 changed." in found.markdown()
    told = json.loads(json.dumps(found.json()))["records"]
    assert (told["added"], told["first_added"][0]["row"]) == (1, 9)
    assert {one["name"] for one in told["distributions"]} == {"part", "source", "label", "length"}


def test_a_diff_never_shows_what_a_record_says(home: Home, two: tuple[Dataset, Dataset]) -> None:
    found = lineage.diff(home, *two)
    assert "close account" not in found.text() + found.markdown() + json.dumps(found.json())


def test_equal_datasets_have_no_changed_records(home: Home, two: tuple[Dataset, Dataset]) -> None:
    assert lineage.diff(home, two[0], two[0]).records is None


def scored(home: Home, folder: Path, figures: list[float]) -> Dataset:
    """A dataset whose records have these figures of repetition, and one of language that never moves."""
    import pyarrow.parquet as pq

    made = dataset(home, folder, [(f"q{at}", "x", at, "train") for at in range(len(figures))])
    table = pq.read_table(folder / "train.parquet")
    scores = [json.dumps({"length": 3.0, "language": 1.0, "repetition": figure}) for figure in figures]
    pq.write_table(table.append_column("scores", [scores]), folder / "train.parquet")
    return made.model_copy(update={"files": home.store.put_folder(folder)})


def test_a_figure_of_quality_is_told_where_it_moved(home: Home, tmp_path: Path) -> None:
    one, other = (scored(home, tmp_path / name, figures) for name, figures in
                  (("a", [0.04, 0.04, 0.12, 3.0]), ("b", [0.04, 0.55, 0.55, 0.55])))
    found = {shape.name: shape for shape in compare(home.store, one, other).distributions}
    assert found["quality.repetition"].distance == 0.75 and found["quality.language"].distance == 0
    assert [(share.value, share.before, share.after) for share in found["quality.repetition"].shifts] == [
        ("≤ 0.6", 0, 0.75), ("≤ 0.1", 0.5, 0.25), ("≤ 0.2", 0.25, 0)]
    text = lineage.diff(home, one, other).text()
    assert "quality.repetition" in text and "quality.language" not in text
