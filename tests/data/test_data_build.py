"""The three moves together: what is left out moves nothing else, and nothing stays behind in the run's folder."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from tunewright import data
from tunewright.core.examples import PARTS, read_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset
from tunewright.core.run import Run

FORM = {"prompt": "text", "response": "label"}
Write = Callable[[str, list[Any]], str]


def places(home: Home, dataset: Dataset) -> dict[int, str]:
    """The part of each row."""
    return {one.row: part for part in PARTS for one in read_examples(home.store, dataset, part)}


def test_a_record_that_expires_moves_no_other(home: Home, run: Run, folder: Path, jsonl: Write, source: Any,
                                              spec: Any) -> None:
    jsonl("a.jsonl", [{"text": f"question {at}", "label": f"answer {at % 3}",
                       "day": "2026-01-01" if at % 4 else "2024-01-01"} for at in range(120)])
    wanted = spec(source("a.jsonl", format=FORM, collected={"column": "day"}, retention="1y"), stratify="label")
    before, after = (data.make(wanted, "d", folder, run, today=day) for day in (date(2024, 6, 1), date(2026, 6, 1)))
    assert after.counts["expired"] == 30 and after.counts["rows"] == 120 == after.counts["records"] + 30
    was, now = places(home, before), places(home, after)
    assert len(now) == 90 and all(was[row] == part for row, part in now.items())


def test_a_duplicate_moves_no_other(home: Home, run: Run, folder: Path, jsonl: Write, source: Any, spec: Any) -> None:
    rows = [{"text": f"question {at}", "label": f"answer {at % 3}"} for at in range(60)]
    parts = []
    for more in ([], rows[:10]):
        jsonl("a.jsonl", [*rows, *more])
        parts.append(places(home, data.make(spec(source("a.jsonl", format=FORM)), "d", folder, run)))
    assert parts[0] == parts[1]


def test_what_a_killed_run_left_is_taken_away(run: Run, folder: Path, jsonl: Write, source: Any, spec: Any) -> None:
    left = run.folder / ".data-abc"
    left.mkdir()
    (left / "spill.arrow").write_text("half a file")
    jsonl("a.jsonl", [{"text": f"question {at}", "label": "x"} for at in range(20)])
    data.make(spec(source("a.jsonl", format=FORM)), "d", folder, run)
    assert not [path for path in run.folder.iterdir() if path.name.startswith(".data-")]
