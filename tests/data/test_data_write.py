"""The files of a part: they depend on its records only, so a dataset that grew shares most of them with the old one."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tunewright import data
from tunewright.core.examples import PARTS, part_files, read_examples
from tunewright.core.home import Home
from tunewright.core.run import Run
from tunewright.data.lines import Lines, files_of
from tunewright.data.write import CUT, LEAST, MOST, cut

FORM = {"prompt": "text", "response": "label"}
# Runs of records between those after which a file may end.
ids = st.lists(st.integers(0, LEAST + 20) | st.integers(0, 2 * MOST), max_size=12).map(
    lambda runs: [one for run in runs for one in [*["abc"] * run, f"a{CUT}"]])


def batched(ids: list[str], ends: list[int]) -> list[pa.RecordBatch]:
    table = pa.record_batch({"id": pa.array(ids, pa.string())})
    places = sorted({0, len(ids), *(end for end in ends if end < len(ids))})
    return [table.slice(begin, end - begin) for begin, end in pairwise(places)]


@given(ids=ids, ends=st.lists(st.integers(1, 5_000)))
def test_a_part_is_cut_after_certain_records_however_it_is_batched(ids: list[str], ends: list[int]) -> None:
    files = [table.column("id").to_pylist() for table in cut(batched(ids, ends))]
    assert [one for file in files for one in file] == ids
    assert all(len(file) == MOST or (file[-1].endswith(CUT) and len(file) >= LEAST) for file in files[:-1])
    assert all(len(file) <= MOST and not any(one.endswith(CUT) for one in file[LEAST - 1:-1]) for file in files)


def test_a_dataset_that_grew_by_a_hundredth_stores_little_anew(home: Home, folder: Path, run: Run, source: Any,
                                                               spec: Any) -> None:
    rows = [json.dumps({"text": f"question {at}", "label": f"answer {at * 7919 % 104729}"}) for at in range(9_090)]
    made = []
    for number in (9_000, 9_090):
        (folder / "a.jsonl").write_text("\n".join(rows[:number]))
        made.append(data.make(spec(source("a.jsonl", format=FORM)), "d", folder, run))
    old, new = ({part: part_files(home.store, one, part) for part in PARTS} for one in made)
    for part in PARTS:
        assert len(set(new[part]) - set(old[part])) <= 2  # the last file of a part, which is not full, and one after it
        assert read_examples(home.store, made[1], part)[:made[0].counts[part]] == read_examples(home.store, made[0],
                                                                                                part)
    assert len(old["train"]) > 1


def test_lines_beside_the_parts_are_cut_by_what_they_say_too(tmp_path: Path) -> None:
    lines = [f'{{"row": {at}}}\n' for at in range(4_000)]
    told = {}
    wanted = {"all": lines, "without one": lines[:1_000] + lines[1_001:], "few": lines[:3], "none": []}
    for name, some in wanted.items():
        (tmp_path / name).mkdir()
        with Lines(tmp_path / name, "removed") as files:
            for line in some:
                files.add(line)
        named = {path.name: path.read_text() for path in sorted((tmp_path / name).iterdir())}
        assert "".join(named[one] for one in files_of(dict(zip(named, named, strict=True)), "removed")) == "".join(some)
        told[name] = named
    assert list(told["few"]) == list(told["none"]) == ["removed.jsonl"]
    assert len(told["all"]) > 10 and len(set(told["without one"].values()) - set(told["all"].values())) <= 3
