"""Where a record stands: in which file and row of a source that is many files."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tunewright import data
from tunewright.core.home import Home
from tunewright.core.run import Run
from tunewright.data.lines import first
from tunewright.data.places import Places


@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_rows_numbered_through_are_found_in_their_files(sizes: list[int]) -> None:
    rows = [(f"{at}.jsonl", row) for at, size in enumerate(sizes) for row in range(1, size + 1)]
    places = Places(["many/", "one.csv"])
    for number, (file, _) in enumerate(rows, 1):
        places.begins(0, number, file)
    assert [places.of(0, number) for number in range(1, len(rows) + 1)] == rows
    assert places.of(1, 7) == ("one.csv", 7)


def test_what_is_removed_of_a_folder_is_named_by_file_and_row(home: Home, run: Run, folder: Path, source: Any,
                                                              spec: Any) -> None:
    (folder / "many").mkdir()
    texts = {"a": [f"question {at}" for at in range(30)], "b": ["of its own", "question 4", "question 5"]}
    for name, held in texts.items():
        (folder / "many" / f"{name}.jsonl").write_text(
            "".join(json.dumps({"text": text, "label": "x"}) + "\n" for text in held))
    dataset = data.make(spec(source("many/", format={"prompt": "text", "response": "label"})), "d", folder, run)
    files = home.store.folder(dataset.files)
    assert [(one["path"], one["row"], one["same_path"], one["same_row"])
            for one in first(home.store, files, "removed", 9)] == [
        ("many/b.jsonl", 2, "many/a.jsonl", 5), ("many/b.jsonl", 3, "many/a.jsonl", 6)]
