"""The three moves together: what is left out moves nothing else, and nothing stays behind in the run's folder."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright import data
from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, read_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset
from tunewright.core.run import Run
from tunewright.data.step import WHYS
from tunewright.recipe import DataSpec

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


def test_what_followed_a_record_that_expires_stays_where_it_is(home: Home, run: Run, folder: Path, jsonl: Write,
                                                               source: Any, spec: Any) -> None:
    words = [f"question {at}" for at in range(60)]
    jsonl("a.jsonl", [{"text": text, "label": f"answer {at}", "day": day} for text_, day in (
        (str.lower, "2024-01-01"), (str.upper, "2026-01-01")) for at, text in enumerate(map(text_, words))])
    wanted = spec(source("a.jsonl", format=FORM, collected={"column": "day"}, retention="1y"))
    before, after = (places(home, data.make(wanted, "d", folder, run, today=day))
                     for day in (date(2024, 6, 1), date(2026, 6, 1)))
    assert set(after) == set(range(61, 121)) and all(before[row - 60] == part for row, part in after.items())


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


said = st.sampled_from([
    "", "a", "A!", "b", "where is my new card", "where is my new card?", "where is my new card then",
    "write to ann@home.example", "as an AI language model I cannot"])
described = st.lists(st.fixed_dictionaries({
    "text": said, "label": st.sampled_from("xyz"), "who": st.none() | st.sampled_from("ABC"),
    "day": st.sampled_from(["2024-01-01", "2026-01-01"])}), min_size=4, max_size=40)


@given(rows=described, held_out=described, pii=st.sampled_from([None, "mask", "drop"]), near=st.none() | st.just(0.7),
       group=st.sampled_from([None, "who", {"similar": 0.7}]), cap=st.none() | st.integers(1, 4),
       dropped=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_of_every_source_is_kept_or_told_once_why_not(
        rows: Any, held_out: Any, pii: Any, near: Any, group: Any, cap: Any, dropped: bool, home: Home, run: Run,
        folder: Path, jsonl: Write, source: Any) -> None:
    jsonl("a.jsonl", rows)
    jsonl("b.jsonl", held_out)
    declared = {"format": FORM, "collected": {"column": "day"}, "retention": "1y"}
    spec = DataSpec.model_validate({
        "sources": [source("a.jsonl", **declared), source("b.jsonl", part="test", **declared)],
        "pii": pii and {"action": pii}, "duplicates": {"near": near}, "split": {"group": group},
        "quality": {"boilerplate": {"action": "drop" if dropped else "flag"}},
        "balance": cap and {"by": "response", "cap": cap}})
    try:
        dataset = data.make(spec, "d", folder, run, today=date(2026, 6, 1))
    except Fault as fault:
        assert any(told in str(fault) for told in ("cannot be used", "would be empty", "out of train"))
        return
    files = {name: home.store.get(digest) for name, digest in home.store.folder(dataset.files).items()}
    told = [json.loads(line) for name in ("refused.jsonl", "removed.jsonl") for line in files[name].splitlines()]
    kept = [(dataset.origins[one.source].path, one.row)
            for part in PARTS for one in read_examples(home.store, dataset, part)]
    read = [(path, at) for path, some in (("a.jsonl", rows), ("b.jsonl", held_out)) for at in range(1, len(some) + 1)]
    assert sorted([*kept, *((one["path"], one["row"]) for one in told)]) == read
    reasons = Counter(one.get("why", "refused") for one in told)
    assert set(reasons) <= {*WHYS, "refused"}
    assert dataset.counts["rows"] == len(rows) + len(held_out) == dataset.counts["records"] + reasons.total()
