"""Readers give every row of a good file, and one sentence with file, row and line for a bad one."""

import csv
import json
from contextlib import chdir
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import Fault
from tunewright.data.readers import KINDS, fingerprint, hub, read
from tunewright.data.readers.table import LINE
from tunewright.recipe import SourceSpec

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
tables = st.lists(st.tuples(texts, texts), min_size=1, max_size=6)


def rows(path: Path) -> list[dict[str, Any]]:
    return [row.fields for row in KINDS[path.suffix](path, path.name).rows]


def fault(path: Path, content: bytes, source: Any) -> str:
    path.write_bytes(content)
    with pytest.raises(Fault) as caught:
        list(read(source(path.name), path.parent, "").rows)
    sentence = str(caught.value)
    assert sentence.startswith(path.name)
    assert sentence.endswith(".")
    return sentence


@given(values=tables)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_csv(values: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("a", "b"), *values])
    assert rows(path) == [{"a": a, "b": b} for a, b in values]


@given(values=tables)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_json_lines(values: list[tuple[str, str]],
                                      tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("jsonl") / "t.jsonl"
    expected = [{"a": a, "b": b} for a, b in values]
    for ascii_only in (True, False):
        path.write_text("".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in expected), "utf-8",
                        newline="")
        assert rows(path) == expected
    path.with_suffix(".json").write_text(json.dumps(expected, indent=1), "utf-8")
    assert rows(path.with_suffix(".json")) == expected


def test_a_json_array_of_any_size_is_read_object_by_object(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    expected = [{"a": "é\\n\"" * 1000, "b": [at, {"c": None}]} for at in range(700)]  # pieces end within objects
    for indent in (None, 1):
        path.write_text(json.dumps(expected, indent=indent, ensure_ascii=False), "utf-8")
        table = KINDS[".json"](path, path.name)
        read_ = list(table.rows)
        assert [row.fields for row in read_] == expected
        assert [row.line for row in read_[:2]] == ([1, 1] if indent is None else [2, 11])


@given(values=tables)
@settings(max_examples=40, deadline=None)
def test_any_text_survives_parquet(values: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("parquet") / "t.parquet"
    expected = [{"a": a, "b": b} for a, b in values]
    pq.write_table(pa.Table.from_pylist(expected), path)
    assert rows(path) == expected


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa,b\r\n1,2\r\n", b"a,b\n1,2", b"a,b\n\n1,2\n\n"])
def test_byte_order_mark_crlf_and_blank_lines_are_no_matter(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    assert rows(tmp_path / "t.csv") == [{"a": "1", "b": "2"}]


def test_a_byte_order_mark_before_json_lines_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": 2}')
    assert rows(tmp_path / "t.jsonl") == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is empty"),
    (b"a,b\n", "holds no records"),
    (b"\n\n", "has no header"),
    (b"a,a\n1,2\n", "line 1: column `a` is named twice"),
    (b"a,\n1,2\n", "line 1: column 2 has no name"),
    (b"a,b\n1,2,3\n", "row 1 (line 2) has 3 fields where the header has 2"),
    (b"a,b\n1,2\n\xff,2\n", "line 3 is not UTF-8 (byte 1 is 0xff"),
    (b"\xef\xbb\xbfa\xe9,b\n", "line 1 is not UTF-8 (byte 5 is 0xe9"),
    (b"a,b\n1,\0\n", "line 2 holds NUL (byte 3)"),
    ("a,b\n1,2\n".encode("utf-16"), "is UTF-16, not UTF-8"),
    (b'a,b\n"1,2\n', "line 2: a field opened with `\"` is never closed"),
    (b'a,b\n"1"x,2\n', "line 2: a `\"` stands inside a quoted field"),
    (b"a,b\r1,2\r", "line 1: a line ends with a bare carriage return"),
])
def test_a_broken_csv_is_told_in_one_sentence(tmp_path: Path, source: Any, content: bytes, said: str) -> None:
    assert said in fault(tmp_path / "t.csv", content, source)


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is empty"),
    (b"\n \n", "holds no records"),
    (b"\n\n[1]\n", "line 3 is a list, not an object"),
    (b"null\n", "line 1 is null, not an object"),
    (b'{"a": \n{"a": 1}\n', "line 1 is not JSON at column 6"),
    (b'{"a": NaN}\n', "line 1 holds JSON that cannot be used (NaN is not JSON)"),
    (b'{"a": 1, "a": 2}\n', "line 1 holds JSON that cannot be used (key `a` stands twice in one object)"),
    (b'{"a": ' + b"[" * 100_000 + b"\n", "line 1 holds JSON that cannot be used (nested more than 100 deep)"),
    (b'{"a": ' + b"[" * 101 + b"]" * 101 + b"}\n", "line 1 holds JSON that cannot be used (nested more than 100 deep)"),
    (b'{"a": ' + b"9" * 5000 + b"}\n", "line 1 holds JSON that cannot be used (a number has more than 300 digits)"),
    (b'{"a": -1e400}\n', "line 1 holds JSON that cannot be used (number -1e400 is out of range)"),
    (b'{"a": "\xc3("}\n', "line 1 is not UTF-8 (byte 8 is 0xc3"),
    (b'{"a": "\0"}\n', "line 1 holds NUL (byte 8)"),
])
def test_broken_json_lines_are_told_in_one_sentence(tmp_path: Path, source: Any, content: bytes, said: str) -> None:
    assert said in fault(tmp_path / "t.jsonl", content, source)


@pytest.mark.parametrize(("name", "good", "bad", "held", "broken"), [
    ("t.jsonl", b'{"a": 1}\n', b'{"a": 1\n', {"line": '{"a": 1'}, "is not JSON at column 8 (Expecting ',' delimiter)"),
    ("t.jsonl", b'{"a": 1}\n', b"[1]\n", {"line": "[1]"}, "is a list, not an object"),
    ("t.jsonl", b'{"a": 1}\n', b"caf\xe9\n", {"line": "caf\\xe9"},
     "is not UTF-8 (byte 4 is 0xe9, invalid continuation byte)"),
    ("t.jsonl", b'{"a": 1}\n', b'"\0"\n', {"line": '"\0"'}, "holds NUL (byte 2), which text does not"),
    ("t.jsonl", b'{"a": 1}\n', b'{"b": 1, "b": 2}\n', {"line": '{"b": 1, "b": 2}'},
     "holds JSON that cannot be used (key `b` stands twice in one object)"),
    ("t.csv", b"1\n", b"1,2\n", {"fields": ["1", "2"]}, "has 2 fields where the header has 1"),
])
def test_a_broken_record_behind_the_first_is_a_row_that_says_so(
        tmp_path: Path, name: str, good: bytes, bad: bytes, held: Any, broken: str) -> None:
    head = b"a\n" if name == "t.csv" else b""
    (tmp_path / name).write_bytes(head + good + bad + good)
    found = list(KINDS[tmp_path.joinpath(name).suffix](tmp_path / name, name).rows)
    assert [row.broken for row in found] == [None, broken, None]
    assert (found[1].number, found[1].line, found[1].fields) == (2, 2 + bool(head), held)


@pytest.mark.parametrize(("content", "said"), [
    (b'{"a": 1}', "is an object, not an array"),
    (b"[]", "holds no records"),
    (b'[{"a": 1}, 3]', "row 2 is a number, not an object"),
    (b'[{"a": 1},\n {"a" 2}]', "line 2, column 7 is not JSON"),
    (b'{"a": 1}\n{"a": 2}\n', "or name the file .jsonl"),
    (b" \n", "is blank, not an array"),
    (b"a,b\n1,2\n", "is not a JSON array"),
    (b'[{"a": 1},]', "column 11 is not JSON"),
    (b'[{"a": 1} {"a": 2}]', "line 1, column 11 is not JSON (Expecting ',')"),
    (b'[{"a": 1}] []', "line 1, column 12 is not JSON (Extra data)"),
    (b'[{"a": 1}', "column 10 is not JSON (Expecting ',')"),
    (b'[{"a": "' + b"\n" * 3 + b'"}]', "line 1, column 9 is not JSON (Invalid control character at)"),
    (b'[{"a": "', "line 1, column 8 is not JSON (Unterminated string"),
    (b'[{"a": 1},\n{"a": "\xc3("}]', "line 2 is not UTF-8 (byte 0xc3"),
    (b'[{"a": "\xc3', "line 1 ends in the middle of a character"),
    (b'[\n{"a": "\0"}]', "line 2 holds NUL"),
    (b'[{"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}]", "row 1 (line 1) cannot be used (nested more than 100 deep)"),
    ("[{}]".encode("utf-16"), "is UTF-16, not UTF-8"),
])
def test_broken_json_is_told_in_one_sentence(tmp_path: Path, source: Any, content: bytes, said: str) -> None:
    assert said in fault(tmp_path / "t.json", content, source)


def test_a_broken_parquet_is_told_in_one_sentence(tmp_path: Path, source: Any) -> None:
    assert "is not a Parquet file" in fault(tmp_path / "t.parquet", b"PAR1 no more", source)
    pq.write_table(pa.table({"a": pa.array([], pa.string())}), tmp_path / "none.parquet")
    assert "holds no records" in fault(tmp_path / "t.parquet", (tmp_path / "none.parquet").read_bytes(), source)
    array = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff"))
    pq.write_table(pa.table({"a": array}), tmp_path / "bad.parquet")
    assert "a text is not UTF-8" in fault(tmp_path / "t.parquet", (tmp_path / "bad.parquet").read_bytes(), source)


@given(ending=st.sampled_from(sorted(KINDS)),
       edits=st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=3)), max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_file_damaged_anywhere_is_read_or_refused(ending: str, edits: list[tuple[int, bytes]],
                                                    tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("damaged") / f"t{ending}"
    values = [{"a": "one, two", "b": "ü\n\"x\""}, {"a": "", "b": "z"}]
    if ending == ".parquet":
        pq.write_table(pa.Table.from_pylist(values), path)
    elif ending == ".csv":
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([("a", "b"), *(value.values() for value in values)])
    else:
        path.write_text(json.dumps(values) if ending == ".json" else "\n".join(map(json.dumps, values)))
    damaged = bytearray(path.read_bytes())
    for at, piece in edits:
        damaged[at % len(damaged):at % len(damaged) + len(piece)] = piece
    path.write_bytes(damaged)
    source = SourceSpec(path=path.name, license="MIT", basis="contract")
    try:
        assert all(isinstance(row.fields, dict) for row in read(source, path.parent, "").rows)
    except Fault as fault:
        assert str(fault).startswith(path.name)


def test_memory_stays_bounded_on_a_50_mb_line(tmp_path: Path, source: Any) -> None:
    import tracemalloc

    path = tmp_path / "t.jsonl"
    with path.open("wb") as stream:
        stream.write(b'{"a": 1}\n{"a": "')
        for _ in range(50):
            stream.write(b"x" * 2**20)
        stream.write(b'"}\n')
    tracemalloc.start()
    with pytest.raises(Fault, match=r"t\.jsonl, line 2 is longer than 16 MB"):
        list(read(source(path.name), tmp_path, "").rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * LINE


def test_a_field_that_never_closes_is_refused_before_it_fills_memory(tmp_path: Path, source: Any) -> None:
    said = fault(tmp_path / "t.csv", b'a\n"' + b"x" * 1023 + b"\n" + (b"y" * 1023 + b"\n") * (17 * 1024), source)
    assert "line 2: a record is longer than 16 MB" in said


def test_rows_takes_only_the_first_and_reads_no_further(tmp_path: Path, source: Any) -> None:
    (tmp_path / "t.csv").write_bytes(b"a\n1\n2\n\xff\n")
    table = read(source("t.csv", rows=2), tmp_path, "")
    assert [(row.number, row.line, row.fields) for row in table.rows] == [(1, 2, {"a": "1"}), (2, 3, {"a": "2"})]


def test_a_missing_file_is_told_with_the_nearest_name(tmp_path: Path, source: Any) -> None:
    (tmp_path / "tickets.csv").write_text("a\n1\n")
    with pytest.raises(Fault, match=r"did you mean `tickets\.csv`"):
        fingerprint(source("tikets.csv"), tmp_path)
    with pytest.raises(Fault, match="correct `path`, which is relative to the recipe"):
        fingerprint(source("elsewhere/x.csv"), tmp_path)


def test_an_unknown_kind_of_file_is_refused(tmp_path: Path, source: Any) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"x")
    with pytest.raises(Fault, match=r"use \.csv, \.jsonl, \.json \(each also as \.gz or \.zst\), \.parquet or hub:"):
        fingerprint(source("t.xlsx"), tmp_path)


def test_the_fingerprint_changes_with_the_content_only(tmp_path: Path, source: Any) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "b.csv").write_text("a\n1\n")
    assert fingerprint(source("a.csv"), tmp_path) == fingerprint(source("b.csv"), tmp_path)
    (tmp_path / "b.csv").write_text("a\n2\n")
    assert fingerprint(source("a.csv"), tmp_path) != fingerprint(source("b.csv"), tmp_path)


def test_a_pinned_hub_dataset_needs_no_network_to_be_named(tmp_path: Path, source: Any) -> None:
    assert fingerprint(source("hub:owner/name", revision="a" * 40), tmp_path) == "a" * 40


def test_a_hub_dataset_becomes_rows() -> None:
    datasets = pytest.importorskip("datasets")
    table = hub.table(datasets.Dataset.from_dict({"text": ["x", "y"], "label": [0, 1]}), "hub:owner/name")
    assert table.columns == ("text", "label")
    assert [row.fields for row in table.rows] == [{"text": "x", "label": 0}, {"text": "y", "label": 1}]


@pytest.mark.parametrize("path", ["hub:../secrets", "hub:/etc", "hub:.", "hub:owner/../name", "hub:", "hub:a/b/c",
                                  "hub:owner/.git", "hub:~/x"])
def test_a_hub_name_never_leads_to_a_folder_of_this_machine(tmp_path: Path, source: Any, path: str) -> None:
    for do in (fingerprint, lambda spec, folder: read(spec, folder, "a" * 40)):
        with pytest.raises(Fault, match=r"is no name on the hub: write hub:owner/name\."):
            do(source(path, revision="a" * 40), tmp_path)


def test_a_folder_of_the_hubs_name_is_not_read_in_its_place(tmp_path: Path, source: Any) -> None:
    (tmp_path / "owner" / "name").mkdir(parents=True)
    with chdir(tmp_path), pytest.raises(Fault, match="a folder owner/name lies here"):
        fingerprint(source("hub:owner/name", revision="a" * 40), tmp_path)
