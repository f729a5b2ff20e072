"""The data stage: one dataset from declared sources, accounted for to the last row, free the second time."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright import data
from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, read_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset
from tunewright.core.run import Run

FORM = {"prompt": "text", "response": "label"}
Write = Callable[[str, list[Any]], str]


def rows(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"text": f"question {at}", "label": "odd" if at % 2 else "even", **more} for at in range(count)]


def held(home: Home, dataset: Dataset) -> dict[str, list[Any]]:
    return {part: read_examples(home.store, dataset, part) for part in PARTS}


def kept(home: Home, dataset: Dataset, name: str) -> str:
    return home.store.get(home.store.folder(dataset.files)[name]).decode()


def test_a_dataset_holds_its_parts_its_card_and_what_was_left_out(home: Home, run: Run, folder: Path, jsonl: Write,
                                                                  source: Any, spec: Any, said: list[str]) -> None:
    jsonl("a.jsonl", [*rows(30), *rows(2), {"text": "", "label": "x"}])
    dataset = data.make(spec(source("a.jsonl", format=FORM)), "desk", folder, run)
    assert set(home.store.folder(dataset.files)) == {
        "train.parquet", "validation.parquet", "test.parquet", "card.md", "refused.jsonl", "removed.jsonl",
        "quality.json", "quality.parquet"}
    parts = held(home, dataset)
    assert {part: len(parts[part]) for part in PARTS} == {part: dataset.counts[part] for part in PARTS}
    assert dataset.counts["rows"] == 33 and dataset.counts["records"] == 30
    refused = json.loads(kept(home, dataset, "refused.jsonl"))
    assert refused == {"path": "a.jsonl", "row": 33, "line": 33, "field": "text", "reason": "is empty",
                       "record": {"text": "", "label": "x"}}
    removed = [json.loads(line) for line in kept(home, dataset, "removed.jsonl").splitlines()]
    assert [(one["why"], one["row"], one["same_row"]) for one in removed] == [("duplicate", 31, 1),
                                                                             ("duplicate", 32, 2)]
    assert dataset.origins[0].rows == 33 and dataset.origins[0].path == "a.jsonl"
    assert said == [f"data: 30 records, 1 source · 2 duplicates, 0 leaks, 1 refused → dataset {dataset.digest[:6]}",
                    "data: refused a.jsonl, row 33: `text` is empty"]


described = st.lists(st.fixed_dictionaries({
    "text": st.sampled_from(["", *"abcdefgh"]), "label": st.sampled_from("xy"),
    "who": st.none() | st.sampled_from("ABC"),
}), min_size=3, max_size=40)


@given(first=described, second=described, part=st.sampled_from([None, "test"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_kept_or_accounted_for(first: Any, second: Any, part: Any, home: Home, run: Run, folder: Path,
                                            jsonl: Write, source: Any, spec: Any) -> None:
    jsonl("a.jsonl", first)
    jsonl("b.jsonl", second)
    wanted = spec(source("a.jsonl", format=FORM), source("b.jsonl", format=FORM, part=part), group="who", test=0.3)
    try:
        dataset = data.make(wanted, "d", folder, run)
    except Fault as fault:
        assert "cannot be used" in str(fault) or "would be empty" in str(fault)
        return
    counts = dataset.counts
    assert counts["rows"] == len(first) + len(second)
    assert counts["rows"] == counts["records"] + counts["duplicates"] + counts["leaks"] + counts["refused"]
    parts = held(home, dataset)
    groups = {part: {one.group for one in parts[part] if one.group} for part in PARTS}
    assert not groups["train"] & groups["test"] and not groups["train"] & groups["validation"]
    assert not {one.id for one in parts["train"]} & {one.id for one in parts["test"]}


def test_a_second_time_is_free_and_needs_no_pyarrow(home: Home, folder: Path, run: Run, source: Any, spec: Any) -> None:
    text = "text,label\n" + "".join(f"question number {at},answer {at % 7}\n" for at in range(10_000))
    (folder / "a.csv").write_text(text)
    wanted = spec(source("a.csv", format=FORM))
    first = data.make(wanted, "d", folder, run)
    assert run.fresh == ["data"]
    script = ("import sys; from pathlib import Path; from tunewright import data\n"
              "from tunewright.core.home import Home; from tunewright.core.run import start\n"
              "from tunewright.recipe import DataSpec\n"
              f"run = start(Home(Path({str(home.path)!r})), 'x')\n"
              f"spec = DataSpec.model_validate_json({wanted.model_dump_json()!r})\n"
              f"dataset = data.make(spec, 'd', Path({str(folder)!r}), run)\n"
              "print(dataset.digest, 'pyarrow' in sys.modules, run.fresh)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [first.digest, "False", "[]"]


def test_a_stated_share_is_not_the_default_share(folder: Path, run: Run, jsonl: Write, source: Any, spec: Any) -> None:
    jsonl("a.jsonl", rows(40))
    jsonl("t.jsonl", [{"text": "held out", "label": "odd"}])
    sources = source("a.jsonl", format=FORM), source("t.jsonl", format=FORM, part="test")
    assert data.make(spec(*sources), "d", folder, run).counts["test"] == 1
    assert data.make(spec(*sources, test=0.2), "d", folder, run).counts["test"] > 1


def test_changed_data_or_spec_makes_another_dataset(folder: Path, run: Run, jsonl: Write, source: Any,
                                                    spec: Any) -> None:
    jsonl("a.jsonl", rows(20))
    wanted = spec(source("a.jsonl", format=FORM))
    first = data.make(wanted, "d", folder, run)
    assert data.make(wanted, "d", folder, run) == first
    assert data.make(spec(source("a.jsonl", format=FORM), seed=1), "d", folder, run) != first
    jsonl("a.jsonl", rows(21))
    assert data.make(wanted, "d", folder, run) != first


def test_two_homes_make_the_same_dataset(tmp_path: Path, folder: Path, jsonl: Write, source: Any, spec: Any) -> None:
    from tunewright.core.run import start

    jsonl("a.jsonl", rows(20))
    digests = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        run = start(Home(tmp_path / name), "x")
        digests.add(data.make(spec(source("a.jsonl", format=FORM)), "d", folder, run).digest)
    assert len(digests) == 1


def test_a_system_prompt_of_the_recipe_moves_no_record(home: Home, folder: Path, run: Run, jsonl: Write, source: Any,
                                                       spec: Any) -> None:
    jsonl("a.jsonl", rows(40))
    plain, told = (held(home, data.make(spec(source("a.jsonl", format=FORM, system=system)), "d", folder, run))
                   for system in (None, "Say odd or even."))
    for part in PARTS:
        assert [one.row for one in plain[part]] == [one.row for one in told[part]]
        assert all(one.messages[0] == {"role": "system", "content": "Say odd or even."} for one in told[part])


def test_labels_and_groups_are_recorded(home: Home, folder: Path, run: Run, jsonl: Write, source: Any,
                                        spec: Any) -> None:
    jsonl("a.jsonl", [{**row, "who": at // 4} for at, row in enumerate(rows(40))])
    dataset = data.make(spec(source("a.jsonl", format=FORM), group="who", stratify="response"), "d", folder, run)
    examples = [one for part in held(home, dataset).values() for one in part]
    assert all(one.label == one.answer and one.group == str((one.row - 1) // 4) for one in examples)


@pytest.mark.parametrize(("fields", "split", "sentence"), [
    ({"format": {"prompt": "txt", "response": "label"}}, {}, "column `txt` is not in a.csv; did you mean `text`?"),
    ({"format": {"prompt": "text", "response": "category"}}, {},
     "column `category` is not in a.csv: its columns are text, label."),
    ({"format": FORM}, {"group": "customer"}, "column `customer` is not in a.csv"),
    ({"format": FORM}, {"stratify": "lable"}, "column `lable` is not in a.csv; did you mean `label`?"),
    ({"format": FORM, "part": "train"}, {"group": "customer"}, "column `customer`, which `split.group` names, is in "),
    ({"format": FORM}, {"test": 0.01}, "part test would be empty: 2 records, of which it should get 1 %"),
    ({"format": "chat"}, {}, "column `messages` is not in a.csv"),
])
def test_a_recipe_that_does_not_fit_its_file_is_told_where(folder: Path, run: Run, source: Any, spec: Any, fields: Any,
                                                           split: Any, sentence: str) -> None:
    (folder / "a.csv").write_text("text,label\na,x\nb,y\n")
    with pytest.raises(Fault) as caught:
        data.make(spec(source("a.csv", **fields), **split), "d", folder, run)
    assert sentence in str(caught.value)


def test_a_file_of_which_half_cannot_be_used_is_a_fault(folder: Path, run: Run, jsonl: Write, source: Any,
                                                        spec: Any) -> None:
    jsonl("a.jsonl", [*rows(5), *[{"text": "x"}] * 5])
    with pytest.raises(Fault, match=r"5 of 10 records of a\.jsonl cannot be used; the first: "
                                    r"a\.jsonl, row 6 \(line 6\): `label` is missing"):
        data.make(spec(source("a.jsonl", format=FORM)), "d", folder, run)


def test_an_empty_validation_part_is_said(folder: Path, run: Run, jsonl: Write, source: Any, spec: Any,
                                          said: list[str]) -> None:
    jsonl("a.jsonl", rows(8))
    assert data.make(spec(source("a.jsonl", format=FORM), validation=0.01), "d", folder, run).counts["validation"] == 0
    assert said[-1] == "data: part validation is empty: 8 records are too few for `split.validation: 0.01`"


def test_a_fault_leaves_nothing_behind(home: Home, folder: Path, run: Run, source: Any, spec: Any) -> None:
    (folder / "a.csv").write_bytes(b"text,label\n" + b"a,b\n" * 50 + b"\xff,b\n")
    with pytest.raises(Fault, match=r"a\.csv, line 52 is not UTF-8 \(byte 1"):
        data.make(spec(source("a.csv", format=FORM)), "d", folder, run)
    assert not (home.path / "store").exists()
    assert not (home.path / "cache").exists()
    assert {path.name for path in run.folder.iterdir()} == {"run.json"}


def test_a_full_disk_is_told_in_one_sentence_and_leaves_nothing(home: Home, folder: Path, run: Run, jsonl: Write,
                                                                source: Any, spec: Any) -> None:
    jsonl("a.jsonl", rows(2000))
    wanted = spec(source("a.jsonl", format=FORM))
    # A limit on the size of written files stands for the disk that has no room for more.
    script = ("import resource; from pathlib import Path; from tunewright import data\n"
              "from tunewright.core.errors import Fault; from tunewright.core.home import Home\n"
              "from tunewright.core.run import Run; from tunewright.recipe import DataSpec\n"
              f"run = Run(Home(Path({str(home.path)!r})), Path({str(run.folder)!r}), 'x')\n"
              f"spec = DataSpec.model_validate_json({wanted.model_dump_json()!r})\n"
              "list(run.home.ledger.entries())  # the ledger of a home that is in use is open\n"
              "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
              f"try: data.make(spec, 'd', Path({str(folder)!r}), run)\n"
              "except Fault as fault: print(fault)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("the dataset cannot be written below") and len(done.stdout.splitlines()) == 1
    assert not (home.path / "store").exists() and not (home.path / "cache").exists()
    assert {path.name for path in run.folder.iterdir()} == {"run.json"}


def test_a_file_that_grows_while_it_is_read_is_refused(home: Home, folder: Path, jsonl: Write, source: Any,
                                                       spec: Any) -> None:
    from tunewright.core.run import start

    def grow(stage: str, text: str) -> None:
        jsonl("a.jsonl", rows(6000))

    jsonl("a.jsonl", rows(5000))
    with pytest.raises(Fault, match=r"a\.jsonl changed while it was read"):
        data.make(spec(source("a.jsonl", format=FORM)), "d", folder, start(home, "x", progress=grow))
