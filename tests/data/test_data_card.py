"""The card is a dataset card as the hub reads it, and says what was declared, counted and left out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tunewright import data
from tunewright.core.home import Home
from tunewright.core.run import Run
from tunewright.recipe import DataSpec

FORM = {"prompt": "text", "response": "label"}


def card(home: Home, dataset: Any) -> tuple[dict[str, Any], str]:
    _, metadata, text = home.store.get(home.store.folder(dataset.files)["card.md"]).decode().split("---\n", 2)
    return yaml.safe_load(metadata), text


def test_the_card_tells_provenance_counts_and_what_was_left_out(
        home: Home, folder: Path, run: Run, jsonl: Callable[..., str], source: Any, spec: Any) -> None:
    rows = [{"text": f"question {at}", "label": "a|b" if at % 3 else "c"} for at in range(60)]
    jsonl("a.jsonl", [*rows, rows[0], {"text": "?"}, {"text": rows[1]["text"], "label": "other"}])
    jsonl("t.jsonl", [rows[2], {"text": "new", "label": "c"}])
    dataset = data.make(
        spec(source("a.jsonl", format=FORM, retention="2y"),
             source("t.jsonl", format=FORM, part="test", license="proprietary"), stratify="response"),
        "support desk: 1", folder, run)
    metadata, text = card(home, dataset)
    assert metadata["pretty_name"] == "support desk: 1"
    assert metadata["license"] == ["cc-by-4.0", "other"]
    assert metadata["size_categories"] == ["n<1K"]
    assert {file["path"] for file in metadata["configs"][0]["data_files"]} == {
        f"{part}*.parquet" for part in ("train", "validation", "test") if dataset.counts[part]}
    first, second = (origin.digest for origin in dataset.origins)
    assert (f"| `a.jsonl` | `text` → `label` | 63 | CC-BY-4.0 | contract | not stated | "
            f"2y from a day that is not stated | split | `{first}` |") in text
    assert (f"| `t.jsonl` | `text` → `label` | 2 | proprietary | contract | not stated | not stated | test | "
            f"`{second}` |") in text
    assert "65 records read, 62 kept. Left out: duplicates 1, leaks 1, refused 1." in text
    assert "row 3 of `a.jsonl`" in text and "equals row 1 of `t.jsonl` (test)" in text
    assert "- 1 × `label` is missing" in text
    assert "**Questions with more than one answer: 1.**" in text
    assert f"| test | {dataset.counts['test']} | none |" in text
    assert "| a\\|b | 41 |" in text
    assert "█" in text


def test_long_lists_are_cut_and_say_where_the_rest_is(home: Home, folder: Path, run: Run, jsonl: Callable[..., str],
                                                      source: Any, spec: Any) -> None:
    rows = [{"text": f"question {at}", "label": f"label {at}"} for at in range(100)]
    jsonl("a.jsonl", rows)
    jsonl("t.jsonl", rows[:30])
    dataset = data.make(spec(source("a.jsonl", format=FORM), source("t.jsonl", format=FORM, part="test"),
                             stratify="label"), "d", folder, run)
    _, text = card(home, dataset)
    assert "- and 10 more in `removed.jsonl`" in text
    assert "and 60 more labels" in text


def test_the_card_tells_consent_subject_and_use(home: Home, folder: Path, run: Run, jsonl: Callable[..., str],
                                                source: Any) -> None:
    rows = [{"text": f"question {at}", "label": "c", "on": "2026-01-02"} for at in range(60)]
    wanted = DataSpec.model_validate({"use": "internal", "sources": [source(
        jsonl("a.jsonl", rows), format=FORM, basis="consent", subject="on", collected="2026-01-01", retention="900y",
        consent={"date": {"column": "on"}, "reference": "form 12"})]})
    _, text = card(home, data.make(wanted, "desk", folder, run))
    assert "Meant for internal use." in text
    assert "| consent: form 12 of `on` | `on` | 900y from 2026-01-01 |" in text
