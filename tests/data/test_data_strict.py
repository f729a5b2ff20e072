"""With `--strict` a source is taken whole or not at all."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunewright import data
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import Run

FORM = {"prompt": "text", "response": "label"}
Write = Callable[[str, list[Any]], str]


def rows(count: int, bad: int) -> list[dict[str, str]]:
    return [{"text": f"question {at}", "label": "" if at < bad else "x"} for at in range(count)]


@pytest.mark.parametrize("bad", [1, 3, 19, 20, 45])
def test_refused_records_are_listed_and_nothing_is_kept(bad: int, home: Home, run: Run, folder: Path, jsonl: Write,
                                                        source: Any, spec: Any, said: list[str]) -> None:
    jsonl("a.jsonl", rows(100, bad))
    run.strict = True
    many = {1: "1 record", 20: "20 records or more", 45: "20 records or more"}.get(bad, f"{bad} records")
    with pytest.raises(Fault) as caught:
        data.make(spec(source("a.jsonl", format=FORM)), "d", folder, run)
    assert str(caught.value) == (
        f"{many} cannot be used, the first a.jsonl, row 1 (line 1): `label` is empty; --strict takes a source whole or "
        "not at all: mend them, or leave --strict out.")
    assert said == [f"refused: a.jsonl, row {at} (line {at}): `label` is empty" for at in range(1, min(bad, 20) + 1)]
    assert not (home.path / "store").exists() and not (home.path / "cache").exists()
    assert {path.name for path in run.folder.iterdir()} == {"run.json"}


def test_a_dataset_made_without_is_not_taken_with(run: Run, folder: Path, jsonl: Write, source: Any, spec: Any,
                                                  said: list[str]) -> None:
    jsonl("a.jsonl", rows(100, 2))
    wanted = spec(source("a.jsonl", format=FORM))
    assert data.make(wanted, "d", folder, run).counts["refused"] == 2
    said.clear()
    run.strict = True
    with pytest.raises(Fault, match=r"2 records cannot be used, the first a\.jsonl, row 1: `label` is empty; --strict"):
        data.make(wanted, "d", folder, run)
    assert said[-2:] == [f"refused: a.jsonl, row {at}: `label` is empty" for at in (1, 2)]


def test_where_nothing_is_refused_the_dataset_is_the_same(run: Run, folder: Path, jsonl: Write, source: Any,
                                                          spec: Any) -> None:
    jsonl("a.jsonl", rows(50, 0))
    wanted = spec(source("a.jsonl", format=FORM))
    loose = data.make(wanted, "d", folder, run)
    run.strict = True
    assert data.make(wanted, "d", folder, run) == loose
    assert run.fresh == ["data"]


def test_every_source_is_held_to_it(run: Run, folder: Path, jsonl: Write, source: Any, spec: Any) -> None:
    jsonl("a.jsonl", rows(50, 0))
    jsonl("b.jsonl", rows(50, 1))
    (folder / "c.jsonl").write_text(json.dumps(rows(9, 0)[3]) + "\nnot JSON\n")
    run.strict = True
    for name, said in (("b.jsonl", "`label` is empty"), ("c.jsonl", "`record` is not JSON at column 1")):
        with pytest.raises(Fault, match=rf"the first {name}, row \d \(line \d\): {said}"):
            data.make(spec(source("a.jsonl", format=FORM), source(name, format=FORM)), "d", folder, run)
