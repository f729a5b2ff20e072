"""Progress tells how much there is to read, where that can be known without reading it."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tunewright.core.home import Home
from tunewright.core.run import start
from tunewright.data.progress import Progress, expected


def test_text_and_parquet_tell_how_much_they_hold(folder: Path, jsonl: Callable[..., str], source: Any,
                                                  spec: Any) -> None:
    jsonl("a.jsonl", [{"text": "x"}] * 30)
    pq.write_table(pa.table({"text": ["x"] * 12}), folder / "b.parquet")
    assert expected(spec(source("a.jsonl"), source("b.parquet")), folder) == 42
    assert expected(spec(source("a.jsonl", rows=5), source("b.parquet")), folder) == 17


def test_what_only_reading_tells_is_not_guessed(folder: Path, source: Any, spec: Any) -> None:
    (folder / "a.json").write_text(json.dumps([{"text": "x"}]))
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}\n'))
    for name in ("a.json", "b.jsonl.gz"):
        assert expected(spec(source(name)), folder) is None


def test_a_person_hears_how_many_how_fast_and_how_long(home: Home, folder: Path, jsonl: Callable[..., str],
                                                       source: Any, spec: Any) -> None:
    told: list[str] = []
    jsonl("a.jsonl", [{"text": "x"}] * 30)
    run = start(home, "x", progress=lambda stage, text: told.append(text))
    progress = Progress(spec(source("a.jsonl")), folder, run)
    progress.tell(0, [10])
    progress.tell(0, [30])
    assert told[0].startswith("a.jsonl: 10 records · ") and " a second · about " in told[0]
    assert told[0].endswith(" left")
    assert told[1].startswith("a.jsonl: 30 records · ") and told[1].endswith(" a second")
