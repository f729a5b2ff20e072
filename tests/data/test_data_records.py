"""What cannot be used is set aside with its place, its reason and all that it held, and costs nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tunewright import data
from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, read_examples
from tunewright.core.home import Home
from tunewright.core.run import Run
from tunewright.data.strict_json import loads

FORM = {"prompt": "text", "response": "label"}
Write = Callable[[str, list[Any]], str]


def refused(home: Home, run: Run, spec: Any, folder: Path) -> list[dict[str, Any]]:
    dataset = data.make(spec, "d", folder, run)
    lines = home.store.get(home.store.folder(dataset.files)["refused.jsonl"]).decode().splitlines()
    assert len(lines) == dataset.counts["refused"] == dataset.counts["rows"] - dataset.counts["records"]
    return [loads(line) for line in lines]


def rows(count: int) -> list[dict[str, str]]:
    return [{"text": f"question {at}", "label": "x"} for at in range(count)]


def test_a_broken_line_among_good_ones_is_set_aside_alone(home: Home, run: Run, folder: Path, source: Any,
                                                          spec: Any) -> None:
    good = [json.dumps(row).encode() + b"\n" for row in rows(12)]
    bad = [b'{"text": "caf\xe9", "label": "x"}\n', b'{"text": "cut off', b"\n"]
    (folder / "a.jsonl").write_bytes(b"".join([*good[:5], *bad, *good[5:]]))
    found = refused(home, run, spec(source("a.jsonl", format=FORM)), folder)
    assert [(one["row"], one["line"], one["field"], one["reason"]) for one in found] == [
        (6, 6, "record", "is not UTF-8 (byte 14 is 0xe9, invalid continuation byte)"),
        (7, 7, "record", "is not JSON at column 10 (Unterminated string starting at)")]
    assert [one["record"]["line"] for one in found] == ['{"text": "caf\\xe9", "label": "x"}', '{"text": "cut off']


def test_a_row_with_a_field_too_many_is_set_aside_with_its_fields(home: Home, run: Run, folder: Path, source: Any,
                                                                  spec: Any) -> None:
    (folder / "a.csv").write_text("text,label\n" + "".join(f"q{at},x\n" for at in range(9)) + "a, b, and c,y\n")
    found = refused(home, run, spec(source("a.csv", format=FORM)), folder)
    assert [(one["row"], one["line"], one["reason"]) for one in found] == [
        (10, 11, "has 4 fields where the header has 2")]
    assert found[0]["record"] == {"fields": ["a", " b", " and c", "y"]}


def test_a_file_of_a_folder_is_named(home: Home, run: Run, folder: Path, source: Any, spec: Any) -> None:
    (folder / "many").mkdir()
    for name, held in (("a", rows(6)), ("b", [*rows(9)[6:], {"text": "", "label": "x"}])):
        (folder / "many" / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in held))
    found = refused(home, run, spec(source("many/*.jsonl", format=FORM)), folder)
    assert [(one["path"], one["row"], one["line"]) for one in found] == [("many/b.jsonl", 4, 4)]


def test_what_parquet_holds_and_json_does_not_is_spelt_out(home: Home, run: Run, folder: Path, source: Any,
                                                           spec: Any) -> None:
    odd = {"text": "", "label": "x", "score": float("nan"), "scores": [float("inf"), 1.5], "raw": b"\xff"}
    plain = [{**row, "score": 0.5, "scores": [], "raw": b""} for row in rows(9)]
    pq.write_table(pa.Table.from_pylist([*plain, odd]), folder / "a.parquet")
    found = refused(home, run, spec(source("a.parquet", format=FORM)), folder)
    assert found[0]["record"] == {"text": "", "label": "x", "score": "nan", "scores": ["inf", 1.5], "raw": "b'\\xff'"}


def test_the_columns_that_are_kept_beside_stand_with_each_record(home: Home, run: Run, folder: Path, source: Any,
                                                                 spec: Any) -> None:
    held = [{**row, "country": "AT" if at % 2 else ""} for at, row in enumerate(rows(40))]
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in held))
    kept = spec(source("a.jsonl", format=FORM)).model_copy(update={"fields": ("country",)})
    dataset = data.make(kept, "d", folder, run)
    found = [one for part in PARTS for one in read_examples(home.store, dataset, part)]
    assert {(one.row % 2, one.fields.get("country")) for one in found} == {(0, "AT"), (1, None)}


def test_a_column_to_keep_that_is_not_there_is_a_fault(run: Run, folder: Path, source: Any, spec: Any) -> None:
    (folder / "a.jsonl").write_text("".join(json.dumps({**row, "country": "AT"}) + "\n" for row in rows(9)))
    with pytest.raises(Fault, match=r"column `contry` is not in a\.jsonl"):
        data.make(spec(source("a.jsonl", format=FORM)).model_copy(update={"fields": ("contry",)}), "d", folder, run)
