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
from tunewright.data.write import CUT, cut

FORM = {"prompt": "text", "response": "label"}
ids = st.lists(st.sampled_from([f"a{CUT[0]}", f"b{CUT[-1]}", "cde", "def", "f00", "0f0"]), max_size=30)


def batched(ids: list[str], ends: list[int]) -> list[pa.RecordBatch]:
    table = pa.record_batch({"id": pa.array(ids, pa.string())})
    places = sorted({0, len(ids), *(end for end in ends if end < len(ids))})
    return [table.slice(begin, end - begin) for begin, end in pairwise(places)]


@given(ids=ids, ends=st.lists(st.integers(1, 30)))
def test_a_part_is_cut_after_certain_records_however_it_is_batched(ids: list[str], ends: list[int]) -> None:
    files = [table.column("id").to_pylist() for table in cut(batched(ids, ends))]
    assert [one for file in files for one in file] == ids
    assert all(file[-1].endswith(CUT) for file in files[:-1])
    assert not any(one.endswith(CUT) for file in files for one in file[:-1])


def test_a_dataset_that_grew_by_a_hundredth_stores_little_anew(home: Home, folder: Path, run: Run, source: Any,
                                                               spec: Any) -> None:
    rows = [json.dumps({"text": f"question {at}", "label": f"answer {at * 7919 % 104729}"}) for at in range(9_090)]
    made = []
    for number in (9_000, 9_090):
        (folder / "a.jsonl").write_text("\n".join(rows[:number]))
        made.append(data.make(spec(source("a.jsonl", format=FORM)), "d", folder, run))
    old, new = ({part: part_files(home.store, one, part) for part in PARTS} for one in made)
    for part in PARTS:
        assert len(set(new[part]) - set(old[part])) == 1  # only the last file of a part, which is not full
        assert read_examples(home.store, made[1], part)[:made[0].counts[part]] == read_examples(home.store, made[0],
                                                                                                part)
    assert len(old["train"]) > 1
