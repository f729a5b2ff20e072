from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tunewright import data
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import Run, start
from tunewright.data.schedule import Expiry, schedule
from tunewright.recipe import DataSpec

FORM = {"prompt": "text", "response": "label"}
DAYS = ["2026-01-05", "2026-01-05", "2026-02-01", "2026-03-01"]


def lines(days: list[str], word: str = "question") -> list[dict[str, str]]:
    return [{"text": f"{word} {at}", "label": "x", "day": day} for at, day in enumerate(days)]


def test_records_are_told_by_source_and_day(home: Home, folder: Path, run: Run, jsonl: Any, source: Any,
                                            spec: Any) -> None:
    wanted = spec(
        source(jsonl("a.jsonl", lines(DAYS)), format=FORM, collected={"column": "day"}, retention="1m"),
        source(jsonl("b.jsonl", lines(DAYS[:2], "other")), format=FORM, retention="2y"),
        source(jsonl("c.jsonl", lines(DAYS[:2], "third")), format=FORM), validation=0)
    found = schedule(home.store, data.make(wanted, "d", folder, run, today=date(2026, 1, 10)))
    assert found.expiries == (
        Expiry(date(2026, 2, 5), 2, "a.jsonl", "1m"), Expiry(date(2026, 3, 1), 1, "a.jsonl", "1m"),
        Expiry(date(2026, 4, 1), 1, "a.jsonl", "1m"),
        Expiry(None, 2, "b.jsonl", "2y, from a day that is not stated: add `collected`"),
        Expiry(None, 2, "c.jsonl", "not stated"))
    assert found.records == 8
    assert [found.expired(date(2026, month, 5)) for month in (1, 2, 3, 4)] == [0, 2, 3, 4]


def test_a_dataset_holds_until_its_next_record_expires(home: Home, folder: Path, jsonl: Any, source: Any,
                                                       spec: Any) -> None:
    jsonl("a.jsonl", lines(DAYS * 5))
    wanted = spec(source("a.jsonl", format=FORM, collected={"column": "day"}, retention="1m"), validation=0)

    def made(day: date) -> tuple[Any, bool]:
        run = start(home, "tester")
        dataset = data.make(wanted, "d", folder, run, today=day)
        return dataset, bool(run.fresh)

    first, worked = made(date(2026, 1, 10))
    assert (worked, first.expires, first.counts.get("expired", 0)) == (True, date(2026, 2, 5), 0)
    assert made(date(2026, 1, 11)) == (first, False)
    assert made(date(2026, 2, 4)) == (first, False)
    second, worked = made(date(2026, 2, 5))
    assert (worked, second.expires, second.counts["expired"]) == (True, date(2026, 3, 1), 10)
    assert second.counts["rows"] == second.counts["records"] + second.counts["duplicates"] + second.counts["expired"]
    assert made(date(2026, 2, 28)) == (second, False)


def test_the_day_changes_nothing_but_what_expires(home: Home, folder: Path, jsonl: Any, source: Any,
                                                  spec: Any) -> None:
    jsonl("a.jsonl", lines(DAYS))
    wanted = spec(source("a.jsonl", format=FORM, collected="2026-01-01", retention="1y"), validation=0)
    made = [data.make(wanted, "d", folder, start(Home(home.path / str(day)), "tester"), today=date(2026, 1, day))
            for day in (2, 3)]
    assert made[0] == made[1]
    assert made[0].expires == date(2027, 1, 1)


def test_a_use_that_a_licence_forbids_is_refused_before_anything_is_read(folder: Path, run: Run) -> None:
    wanted = DataSpec.model_validate({"use": "commercial", "sources": [
        {"path": "missing.csv", "license": "CC-BY-NC-4.0", "basis": "contract"}]})
    with pytest.raises(Fault, match="forbidden by 1 licence"):
        data.make(wanted, "d", folder, run)


def test_a_licence_that_a_person_has_to_judge_is_said(folder: Path, run: Run, said: list[str], jsonl: Any) -> None:
    wanted = DataSpec.model_validate({"use": "internal", "split": {"validation": 0}, "sources": [
        {"path": jsonl("a.jsonl", lines(DAYS)), "format": FORM, "license": "CC-BY-NC-4.0", "basis": "contract"}]})
    data.make(wanted, "d", folder, run)
    assert any(line.startswith("licence: a.jsonl: CC-BY-NC-4.0") for line in said)
