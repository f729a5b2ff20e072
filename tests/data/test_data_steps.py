"""The steps of preparation in their order, through the whole stage: nothing gets lost, and nobody moves."""

import json
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright import data
from tunewright.core.digest import canonical
from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, read_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset
from tunewright.core.run import start
from tunewright.core.withdrawn import make_key, proof_of, seal
from tunewright.recipe import DataSpec

TODAY = date(2026, 6, 1)
ROWS = st.lists(st.fixed_dictionaries({
    "who": st.sampled_from(["ann", "ben", "cleo", ""]),
    "day": st.sampled_from(["2024-01-01", "2025-12-01", "2026-05-01", "no day"]),
    "text": st.sampled_from([f"question {number}" for number in range(20)] + [""]), "label": st.sampled_from("xy")}),
    max_size=30)
OTHERS = [{"who": "zoe", "day": "2026-05-01", "text": f"other {number}", "label": "x"} for number in range(40)]


def withdraw(home: Home, *people: str) -> None:
    """Entries as withdrawals write them, of people of whom nothing is held yet."""
    key = make_key(home)
    details = home.store.put(canonical({"withdrawal": {"records": [], "erased": {}}}))
    for person in people:
        home.ledger.append("withdraw", seal(key, "subject", person), by="mira", why="asked", data={
            "seal": proof_of(key), "details": details, "datasets": {}})


def prepared(folder: Path, rows: list[dict[str, str]], *people: str) -> tuple[Dataset, dict[str, Any], list[Any]]:
    """The dataset of the rows in a home of its own, its records by part, and what was removed."""
    room = Path(tempfile.mkdtemp(dir=folder))
    home = Home(room)
    (room / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, *OTHERS]))
    withdraw(home, *people)
    spec = DataSpec.model_validate({"split": {"test": 0.3, "validation": 0}, "sources": [{
        "path": "a.jsonl", "format": {"prompt": "text", "response": "label"}, "license": "proprietary",
        "basis": "contract", "subject": "who", "collected": {"column": "day"}, "retention": "1y"}]})
    dataset = data.make(spec, "desk", room, start(home, "tester"), today=TODAY)
    removed = home.store.get(home.store.folder(dataset.files)["removed.jsonl"]).splitlines()
    return dataset, {part: read_examples(home.store, dataset, part) for part in PARTS}, [*map(json.loads, removed)]


@settings(max_examples=15)
@given(ROWS, st.sets(st.sampled_from(["ann", "ben"])))
def test_every_row_is_kept_or_told_why_it_is_not(rows, people):
    folder = Path(tempfile.mkdtemp())
    try:
        dataset, parts, removed = prepared(folder, rows, *people)
    finally:
        shutil.rmtree(folder)
    counts = dataset.counts
    assert counts["rows"] == len(rows) + len(OTHERS) == counts["records"] + counts["refused"] + len(removed)
    refused = [row for row in rows if row["day"] == "no day" or not row["text"]]
    withdrawn = [row for row in rows if row not in refused and row["who"] in people]
    expired = [row for row in rows if row not in refused and row not in withdrawn and row["day"] == "2024-01-01"]
    assert [counts.get(why, 0) for why in ("refused", "withdrawn", "expired")] == [
        len(refused), len(withdrawn), len(expired)]
    assert sum(one["why"] == "withdrawn" for one in removed) == len(withdrawn)
    assert sum(map(len, parts.values())) == counts["records"]


@settings(max_examples=10)
@given(ROWS)
def test_who_withdraws_moves_nobody_else(rows):
    folder = Path(tempfile.mkdtemp())
    try:
        _, before, _ = prepared(folder, rows)
        _, after, _ = prepared(folder, rows, "ann", "ben")
    finally:
        shutil.rmtree(folder)
    placed = {one.id: part for part in PARTS for one in before[part]}
    assert all(placed.get(one.id, part) == part for part in PARTS for one in after[part])


def test_where_nothing_is_left_a_person_hears_what_was_left_out(tmp_path: Path) -> None:
    old = [{**row, "day": "2020-01-01"} for row in OTHERS]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in old))
    spec = DataSpec.model_validate({"sources": [{
        "path": "a.jsonl", "format": {"prompt": "text", "response": "label"}, "license": "proprietary",
        "basis": "contract", "collected": {"column": "day"}, "retention": "1y"}]})
    with pytest.raises(Fault, match=r"part train would be empty: .* \(left out: 40 expired\)"):
        data.make(spec, "desk", tmp_path, start(Home(tmp_path), "tester"), today=TODAY)
