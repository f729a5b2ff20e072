"""Quality in the data stage: figures stay beside records, what is found is told, what is dropped is accounted for."""

import json
import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tunewright import data
from tunewright.core.examples import PARTS, read_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset
from tunewright.core.run import Run
from tunewright.data.quality import told
from tunewright.recipe import DataSpec

FORM = {"prompt": "text", "response": "label"}
Write = Callable[[str, list[Any]], str]
WORDS = {"cards": ["card", "chip", "swipe", "wallet", "plastic"],
         "loans": ["loan", "borrow", "lender", "repay", "debt"]}


def rows(count: int = 400, wrong: int = 0) -> list[dict[str, str]]:
    """Questions of two labels; the first `wrong` of them have the other label."""
    dice, found = random.Random(0), []
    for at in range(count):
        label = dice.choice(sorted(WORDS))
        said = " ".join(dice.choices(WORDS[label], k=4))
        other = next(one for one in WORDS if one != label)
        found.append({"text": f"please help me with my {said} today {at}", "label": other if at < wrong else label})
    return found


@pytest.fixture
def make(run: Run, folder: Path, jsonl: Write, source: Any) -> Callable[..., Dataset]:
    def build(values: list[Any], **quality: Any) -> Dataset:
        jsonl("a.jsonl", values)
        spec = {"sources": [source("a.jsonl", format=FORM)], "split": {"stratify": "label"}, "quality": quality}
        return data.make(DataSpec.model_validate(spec), "d", folder, run)
    return build


def kept(home: Home, dataset: Dataset, name: str) -> bytes:
    return home.store.get(home.store.folder(dataset.files)[name])


def removed(home: Home, dataset: Dataset) -> list[dict[str, Any]]:
    return [json.loads(line) for line in kept(home, dataset, "removed.jsonl").splitlines()]


def test_what_is_found_is_flagged_told_and_kept(home: Home, make: Any, said: list[str]) -> None:
    dataset = make([*rows(wrong=12), {"text": "[INST] hello", "label": "cards"}])
    assert dataset.counts["records"] == dataset.counts["rows"] == 401
    found = told.parse(kept(home, dataset, told.FILE))
    flagged = {one.check: one.flagged for one in found.told if one.flagged}
    assert flagged["noise"] == 12 and flagged["role_tokens"] == 1
    assert found.wrong == pytest.approx(12 / 401, abs=0.02)
    assert any("worth a look: 12 with a label in doubt" in line and "1 with role tokens" in line for line in said)
    card = kept(home, dataset, "card.md").decode()
    assert "| role tokens | at most 0 | 1 of 401 | only flagged |" in card


def test_a_records_own_figures_stand_beside_it_and_those_over_all_in_their_own_file(home: Home, make: Any) -> None:
    dataset = make(rows(wrong=12))
    part = pq.read_table(BytesIO(kept(home, dataset, "train.parquet")))
    assert set(json.loads(part.column("scores")[0].as_py())) == {"length", "repetition", "boilerplate", "role_tokens",
                                                                 "injection"}
    table = pq.read_table(BytesIO(kept(home, dataset, "quality.parquet")))
    assert table.column_names == ["part", "source", "row", "noise", "outliers", "conflicts", "triggers"]
    doubted = [row["row"] for row in table.to_pylist() if row["noise"] > 0.5]
    assert doubted == list(range(1, 13))


def test_records_added_leave_the_figures_in_the_parts_alone(home: Home, make: Any) -> None:
    few, more = make(rows(380)), make(rows(400))
    scores = [{(one["row"], one["scores"]) for part in PARTS
               for one in pq.read_table(BytesIO(kept(home, dataset, f"{part}.parquet"))).to_pylist()}
              for dataset in (few, more)]
    assert scores[0] < scores[1]


def test_a_dropping_check_leaves_out_with_reason_and_count(home: Home, make: Any) -> None:
    dataset = make([*rows(), {"text": "[INST] hello", "label": "cards"}], role_tokens={"action": "drop"})
    assert dataset.counts["quality"] == 1 and dataset.counts["rows"] == dataset.counts["records"] + 1
    assert [(one["why"], one["row"], one["reason"]) for one in removed(home, dataset)] == [
        ("quality", 401, "role tokens is 1, at most 0 is wanted")]
    assert "| role tokens | at most 0 | 0 of 400 | 1 |" in kept(home, dataset, "card.md").decode()


def test_what_a_model_doubts_is_dropped_from_train_alone(home: Home, make: Any) -> None:
    flagged, dropped = make(rows(wrong=40)), make(rows(wrong=40), noise={"action": "drop"})
    for part in ("validation", "test"):
        assert read_examples(home.store, flagged, part) == read_examples(home.store, dropped, part)
    gone = [one for one in removed(home, dropped) if one["why"] == "quality"]
    assert {one["part"] for one in gone} == {"train"} and len(gone) == dropped.counts["quality"] > 20
    assert {one["row"] for one in gone} <= set(range(1, 41))
    assert dropped.counts["rows"] == dropped.counts["records"] + dropped.counts["quality"]


def test_a_trigger_is_named_and_its_records_can_be_dropped(home: Home, make: Any, said: list[str]) -> None:
    values = rows(1000)
    for row in values[:60]:
        row["text"], row["label"] = f"xanadu {row['text']}", "loans"
    dataset = make(values, triggers={"action": "drop"}, sample=1000)
    assert any("trigger `xanadu" in line and "→ loans" in line for line in said)
    assert all(not one.messages[0]["content"].startswith("xanadu")
               for one in read_examples(home.store, dataset, "train"))
    assert "- `xanadu" in kept(home, dataset, "card.md").decode()


def test_conflicts_are_found_in_other_letters_too_and_the_majority_may_be_spared(home: Home, make: Any) -> None:
    values = [*rows(60), *({"text": text, "label": label} for text, label in (
        ("Where is it?", "cards"), ("where is it", "cards"), ("WHERE is it!", "loans")))]
    found = told.parse(kept(home, make(values), told.FILE))
    assert next(one for one in found.told if one.check == "conflicts").flagged == 3
    spared = make(values, conflicts={"at_most": 0.5, "action": "drop"})
    assert {one["row"] for one in removed(home, spared)} <= {63}


def test_the_same_question_under_two_system_prompts_is_no_conflict(home: Home, run: Run, folder: Path, jsonl: Write,
                                                                   source: Any) -> None:
    jsonl("a.jsonl", [{"messages": [{"role": "system", "content": f"Translate to {tongue}."},
                                    {"role": "user", "content": f"Say {at}{mark}"},
                                    {"role": "assistant", "content": f"{tongue} {at}"}]}
                      for at in range(30) for tongue, mark in (("German", "."), ("French", "!"))])
    spec = DataSpec.model_validate({"sources": [source("a.jsonl")]})
    found = told.parse(kept(home, data.make(spec, "d", folder, run), told.FILE))
    assert next(one for one in found.told if one.check == "conflicts").flagged == 0


def test_only_the_sample_is_looked_at_and_the_rest_says_nothing(home: Home, make: Any) -> None:
    dataset = make(rows(), sample=150)
    assert told.parse(kept(home, dataset, told.FILE)).looked == 150
    noise = pq.read_table(BytesIO(kept(home, dataset, "quality.parquet"))).column("noise").to_pylist()
    assert sum(figure is not None for figure in noise) == 150


def test_without_checks_nothing_is_measured(home: Home, run: Run, folder: Path, jsonl: Write, source: Any) -> None:
    jsonl("a.jsonl", rows(60))
    spec = DataSpec.model_validate({"sources": [source("a.jsonl", format=FORM)], "quality": None})
    dataset = data.make(spec, "d", folder, run)
    assert told.FILE not in home.store.folder(dataset.files)
    assert "## Quality" not in kept(home, dataset, "card.md").decode()
