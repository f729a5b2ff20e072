"""`tunewright review`: a person decides on drafts, key by key, in a sheet, or by naming them."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from verb import sentence, tune

from tunewright.cli.reviewing import Desk, lines, walk
from tunewright.core.home import Home
from tunewright.core.visible import visible
from tunewright.core.withdrawn import make_key, seal
from tunewright.data.drafts.sample import sampled
from tunewright.data.readers import review_file
from tunewright.data.readers.review_file import Draft, Drafts, Head, name


def draft(number: int, **more: Any) -> Draft:
    content = {"messages": [{"role": "user", "content": f"question {number}"},
                            {"role": "assistant", "content": f"answer {number}"}]}
    made = {"seeds": [str(number)]}
    return Draft(name(content, made), content, made, **more)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Four drafts, three of them in the sample."""
    head = Head("synthetic", "0" * 64, 5, 4, 3, 0.5)
    review_file.write(tmp_path / "made.jsonl", Drafts(head, sampled([draft(at) for at in range(4)], 3), (
        Draft("x", {"answer": "?"}, {}, left_out="`answer` holds no JSON object"),)))
    return tmp_path / "made.jsonl"


def sample(path: Path) -> list[Draft]:
    return [one for one in review_file.read(path, "made.jsonl").drafts if one.sampled]


def desk(keys: str, said: list[str], edited: str | None = None) -> Desk:
    left: Iterator[str] = iter(keys)
    return Desk(lambda: next(left), said.append, lambda _: edited)


def test_each_key_enters_its_decision_at_once(path: Path) -> None:
    said: list[str] = []
    content = {"messages": [{"role": "user", "content": "better"}, {"role": "assistant", "content": "best"}]}
    walk(path, "made.jsonl", "mira", desk("xaer", said, json.dumps(content)))
    assert [(one.settled, one.by) for one in sample(path)] == [("accept", "mira"), ("edit", "mira"), ("reject", "mira")]
    assert sample(path)[1].content == content
    judged = review_file.standing(review_file.read(path, "made.jsonl"))
    assert (judged.decided, judged.accepted, judged.edited, judged.rejected) == (3, 1, 1, 1)


def test_it_goes_on_where_it_stopped_and_a_step_back_decides_anew(path: Path) -> None:
    walk(path, "made.jsonl", "mira", desk("aq", []))
    said: list[str] = []
    walk(path, "made.jsonl", "ann", desk("rbas\x03", said))
    assert [(one.settled, one.by) for one in sample(path)] == [("accept", "mira"), ("accept", "ann"), (None, None)]
    assert any(line.startswith("1 of 2 · reject before") for line in said)


def test_an_edit_that_is_no_record_changes_nothing(path: Path) -> None:
    before = path.read_text()
    for edited in ("{", '{"text": "x"}', None):
        walk(path, "made.jsonl", "mira", desk("eq", [], edited))
    assert path.read_text() == before


def test_nothing_in_a_draft_moves_the_cursor() -> None:
    content = {"text": "one\x1b[2Jtwo\u202e\nthree\r"}
    told = lines(Draft(name(content, {}), content), 1, 1)
    assert told == ["1 of 1", "text       one\\x1b[2Jtwo\\u202e", "           three\\r"]
    assert visible("Grüße, 你好 👍") == "Grüße, 你好 👍"


def test_drafts_are_decided_by_name_and_the_exit_code_says_whether_that_is_enough(path: Path) -> None:
    first, second, third = (one.id for one in sample(path))
    done = tune("review", str(path), "--accept", first, "--reject", second, "--by", "ann")
    assert done.exit_code == 4
    assert done.stdout == f"{path}: 2 of the 3 drafts to look at are decided\n"
    told = json.loads(tune("review", str(path), "--json").stdout)
    assert (told["outcome"], told["decided"], told["sample"], told["drafts"]) == ("waiting", 2, 3, 4)
    assert [one["id"] for one in told["open"]] == [third]
    assert told["left_out"] == {"`answer` holds no JSON object": 1}
    assert tune("review", str(path), "--accept", third).exit_code == 4  # .67 of 3 cannot tell


def test_a_review_in_a_spreadsheet_comes_back_as_decisions_and_edits(path: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    assert tune("review", str(path), "--to-csv", str(sheet)).exit_code == 4
    with sheet.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["question"] for row in rows] == [one.content["messages"][0]["content"] for one in sample(path)]
    rows[0]["decision"], rows[1]["decision"], rows[1]["answer"], rows[2]["decision"] = "accept", "a", "better", "r"
    with sheet.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert tune("review", str(path), "--from-csv", str(sheet), "--by", "ann").exit_code in (0, 4)
    assert [one.settled for one in sample(path)] == ["accept", "edit", "reject"]
    assert sample(path)[1].content["messages"][1]["content"] == "better"


def test_a_cell_that_a_spreadsheet_would_calculate_is_text_and_comes_back_unchanged(tmp_path: Path) -> None:
    content = {"messages": [{"role": "user", "content": "=1+1"}, {"role": "assistant", "content": "'-2"}]}
    path, sheet = tmp_path / "made.jsonl", tmp_path / "sheet.csv"
    review_file.write(path, Drafts(Head("synthetic", "0", 1, 1, 1, 0.5), (
        Draft(name(content, {}), content, {}, sampled=True, decision="accept"),)))
    tune("review", str(path), "--to-csv", str(sheet))
    assert "'=1+1" in sheet.read_text("utf-8-sig") and "''-2" in sheet.read_text("utf-8-sig")
    tune("review", str(path), "--from-csv", str(sheet))
    assert [one.settled for one in sample(path)] == ["accept"]


@pytest.mark.parametrize(("words", "told"), [
    (["made.jsonl"], "there is no terminal to ask on: fill in `decision`"),
    (["none.jsonl"], "does not exist: `tunewright data RECIPE` makes the drafts"),
    (["made.jsonl", "--accept", "ffff"], "holds no draft ffff"),
])
def test_what_cannot_be_reviewed_is_told(words: list[str], told: str, path: Path) -> None:
    assert told in sentence(tune("review", str(path.parent / words[0]), *words[1:]))


def test_a_row_about_no_draft_enters_nothing(path: Path, tmp_path: Path) -> None:
    before = path.read_text()
    first = sample(path)[0].id
    (tmp_path / "sheet.csv").write_text(f"id,decision\n{first},accept\nffff,accept\n")
    assert "row 2: 'ffff' is no draft" in sentence(tune("review", str(path), "--from-csv", str(tmp_path / "sheet.csv")))
    assert path.read_text() == before


def test_what_a_person_decided_is_one_entry_of_the_ledger(path: Path, tmp_path: Path) -> None:
    first, second, third = (one.id for one in sample(path))
    home = ("--home", str(tmp_path / "home"))
    tune("review", str(path), "--accept", first, "--reject", second, "--by", "ann", *home)
    tune("review", str(path), "--accept", third, "--by", "ben", *home)
    tune("review", str(path), "--json", *home)
    entries = list(Home(tmp_path / "home").ledger.entries())
    assert [(one.action, one.subject, one.by, one.why) for one in entries] == [
        ("review", "made.jsonl", "ann", "decided on 2 drafts: 1 accept, 1 reject"),
        ("review", "made.jsonl", "ben", "decided on 1 draft: 1 accept")]
    key = make_key(Home(tmp_path / "home"))
    assert entries[0].data["decisions"] == {seal(key, "draft", first): "accept", seal(key, "draft", second): "reject"}
    assert not any(one in str(entry.data) for one in (first, second, third) for entry in entries)
