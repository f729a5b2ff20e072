"""Spans of personal data are counted by what was done with them, and told in one line and in the card."""

import json
from pathlib import Path
from typing import Any

import pytest

from tunewright import data
from tunewright.core.examples import PARTS, read_examples
from tunewright.core.home import Home
from tunewright.core.run import Run
from tunewright.data import spans
from tunewright.recipe import DataSpec
from tunewright.recipe.pii import PiiSpec

VALUES = ("ada@mail.org", "4111111111111111", "555-123-4567")


def records(count: int) -> list[dict[str, Any]]:
    """As many that hold none, one with each value, and two that cannot be used."""
    return [*({"text": f"question {at}", "label": "yes"} for at in range(count)),
            *({"text": f"I am {value}", "label": f"see {value}"} for value in VALUES),
            *({"text": "", "label": value} for value in VALUES[:2])]


def recipe(source: Any, **pii: Any) -> DataSpec:
    return DataSpec.model_validate({"sources": [source("a.jsonl", format={"prompt": "text", "response": "label"})],
                                    "pii": pii, "split": {"stratify": "response"}})


def test_no_file_of_a_dataset_holds_a_value(home: Home, run: Run, folder: Path, jsonl: Any, source: Any,
                                            said: list[str]) -> None:
    jsonl("a.jsonl", records(60))
    made = data.make(recipe(source, kinds={"card": "drop"}), "desk", folder, run)
    files = {name: b"".join(home.store.pieces(digest)) for name, digest in home.store.folder(made.files).items()}
    parts = repr([read_examples(home.store, made, part) for part in PARTS]).encode()  # a Parquet file is packed
    assert [name for name, content in {**files, "parts": parts}.items() for value in VALUES
            if value.encode() in content] == []
    assert (made.counts["rows"], made.counts["pii"], made.counts["refused"], made.counts["masked"]) == (65, 1, 2, 4)
    assert made.counts["rows"] == sum(made.counts[part] for part in PARTS) + 1 + 2
    assert "1 withheld for PII, 4 PII spans masked" in said[0]
    assert "| email | 2 | mask |\n| phone | 2 | mask |" in files["card.md"].decode()
    [removed] = map(json.loads, files["removed.jsonl"].splitlines())
    assert (removed["why"], removed["row"]) == ("pii", 62) and "[CARD]" in removed["reason"]


def test_another_key_makes_another_dataset_and_the_same_key_none(home: Home, run: Run, folder: Path, jsonl: Any,
                                                                 source: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    jsonl("a.jsonl", records(60))
    spec, made = recipe(source, action="pseudonymise"), []
    for key in ("the first key of 32 characters or more", "another key of 32 characters or more", "the first key of 32 "
                "characters or more"):
        monkeypatch.setenv("TUNEWRIGHT_PII_KEY", key)
        made.append(data.make(spec, "desk", folder, run).digest)
    assert made[0] == made[2] != made[1]


def test_counts_are_told_by_what_was_done() -> None:
    pii = PiiSpec.model_validate({"kinds": {"email": "pseudonymise"}})
    counts = spans.counted(pii, {"email": 5, "card": 300, "phone": 12})
    assert counts == {"masked": 312, "pseudonymised": 5}
    assert spans.told(counts) == "312 PII spans masked, 5 pseudonymised"
    assert spans.told({"pseudonymised": 1}) == "1 PII span pseudonymised"
    assert spans.told({}) == "" == spans.told(spans.counted(None, {}))


def test_the_card_says_what_was_looked_for_and_what_was_done() -> None:
    pii = PiiSpec.model_validate({"kinds": {"card": "drop"}, "without": ["ip"]})
    section = spans.section(pii, {"phone": 2, "email": 1_234}, 3)
    assert "| email | 1,234 | mask |\n| phone | 2 | mask |" in section
    assert "Without: ip. Left out for it: 3." in section
    assert "Not looked for" in spans.section(None, {}, 0)
