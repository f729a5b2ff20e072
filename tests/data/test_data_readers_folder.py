"""A source may be several files; what merely lies in their folder never leads out of it."""

import os
from pathlib import Path
from typing import Any

import pytest

from tunewright.core.errors import Fault
from tunewright.data.readers import fingerprint, read


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder `data` with two files of records, one that is none, and a hidden one."""
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    (folder / "b.jsonl").write_text('{"a": 3}\n')
    (folder / "a.jsonl").write_text('\n{"a": 1}\n{"a": 2}\n')
    (folder / "deep" / "c.jsonl").write_text('{"a": 4}\n')
    (folder / "README.md").write_text("About.")
    (folder / ".a.jsonl").write_text("half written")
    return tmp_path


def rows(source: Any, path: str, folder: Path, **more: Any) -> list[tuple[int, int, str | None, int | None]]:
    return [(row.number, row.fields["a"], row.file, row.line)
            for row in read(source(path, **more), folder, "").rows]


def told(source: Any, path: str, folder: Path) -> str:
    with pytest.raises(Fault) as caught:
        fingerprint(source(path), folder)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_a_folder_is_read_by_name_with_its_rows_numbered_through(desk: Path, source: Any) -> None:
    expected = [(1, 1, "data/a.jsonl", 2), (2, 2, "data/a.jsonl", 3), (3, 3, "data/b.jsonl", 1)]
    assert rows(source, "data", desk) == rows(source, "data/", desk) == rows(source, "data/*.jsonl", desk) == expected


def test_a_pattern_may_reach_deeper_and_rows_may_stop_it(desk: Path, source: Any) -> None:
    assert [a for _, a, _, _ in rows(source, "data/**/*.jsonl", desk)] == [1, 2, 3, 4]
    assert [a for _, a, _, _ in rows(source, "*/a.jsonl", desk)] == [1, 2]
    assert [a for _, a, _, _ in rows(source, "../data/[bc].jsonl", desk / "data")] == [3]
    (desk / "data" / "b.jsonl").write_text("broken")
    assert [a for _, a, _, _ in rows(source, "data", desk, rows=2)] == [1, 2]


def test_a_file_whose_own_name_looks_like_a_pattern_is_that_file(tmp_path: Path, source: Any) -> None:
    (tmp_path / "a[1].jsonl").write_text('{"a": 7}\n')
    assert rows(source, "a[1].jsonl", tmp_path) == [(1, 7, None, 1)]


def test_the_fingerprint_holds_every_files_name_and_content(desk: Path, source: Any) -> None:
    seen = {fingerprint(source("data"), desk)}
    (desk / "data" / "b.jsonl").write_text('{"a": 5}\n')
    seen.add(fingerprint(source("data"), desk))
    (desk / "data" / "b.jsonl").rename(desk / "data" / "c.jsonl")
    seen.add(fingerprint(source("data"), desk))
    (desk / "data" / "d.jsonl").write_text('{"a": 6}\n')
    seen.add(fingerprint(source("data"), desk))
    assert len(seen) == 4
    (desk / "data" / "README.md").write_text("Another word.")
    assert fingerprint(source("data"), desk) in seen


def test_files_of_one_source_have_the_same_columns(tmp_path: Path, source: Any) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text("b,a\n3,4\n")
    assert [row.fields["a"] for row in read(source("*.csv"), tmp_path, "").rows] == ["1", "4"]
    (tmp_path / "c.csv").write_text("a,x\n1,2\n")
    with pytest.raises(Fault, match=r"c\.csv and a\.csv have other columns \(`b` is in one only\)"):
        list(read(source("*.csv"), tmp_path, "").rows)


def test_a_link_that_leads_out_of_the_folder_is_refused_and_one_within_is_read(desk: Path, source: Any) -> None:
    (desk / "secret.jsonl").write_text('{"a": "the key"}\n')
    (desk / "data" / "c.jsonl").symlink_to(desk / "data" / "deep" / "c.jsonl")
    assert [a for _, a, _, _ in rows(source, "data", desk)] == [1, 2, 3, 4]
    (desk / "data" / "d.jsonl").symlink_to("../secret.jsonl")
    for path in ("data", "data/*.jsonl", "data/d*"):
        said = told(source, path, desk)
        assert said.startswith("data/d.jsonl is a link that leads out of data") and "the key" not in said
    assert rows(source, "data/d.jsonl", desk)[0][1] == "the key"  # named by the recipe itself, as its reader can see


def test_a_linked_folder_is_no_way_out_of_a_pattern(desk: Path, source: Any) -> None:
    (desk / "out").mkdir()
    (desk / "out" / "s.jsonl").write_text('{"a": 9}\n')
    (desk / "data" / "way").symlink_to(desk / "out")
    assert "leads out of data" in told(source, "data/way*/*.jsonl", desk)
    assert "has `..` behind a wildcard" in told(source, "data/*/../../out/*.jsonl", desk)


@pytest.mark.timeout(20)
def test_a_circle_of_links_is_told_and_ends_nothing_in_a_pattern(desk: Path, source: Any) -> None:
    (desk / "data" / "x.jsonl").symlink_to("y.jsonl")
    (desk / "data" / "y.jsonl").symlink_to("x.jsonl")
    assert "circle" in told(source, "data/x.jsonl", desk) or "Too many levels" in told(source, "data/x.jsonl", desk)
    (desk / "data" / "x.jsonl").unlink()
    (desk / "data" / "y.jsonl").unlink()
    (desk / "data" / "deep" / "up").symlink_to("..")
    assert [a for _, a, _, _ in rows(source, "data/**/*.jsonl", desk)] == [1, 2, 3, 4]


@pytest.mark.timeout(20)
def test_a_pipe_or_device_is_refused_and_never_waited_for(tmp_path: Path, source: Any) -> None:
    os.mkfifo(tmp_path / "p.jsonl")
    (tmp_path / "z.jsonl").symlink_to("/dev/zero")
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in" / "p.jsonl")
    for path in ("p.jsonl", "z.jsonl", "/dev/zero", "p*", "in"):
        assert "is not a file: a pipe or device has no digest" in told(source, path, tmp_path)


@pytest.mark.parametrize(("path", "said"), [
    ("nothing", "nothing is a folder in which no file can be read"),
    ("data/*.csv", "data/*.csv matches no file"),
    ("data/*", "data/README.md is not a kind of file that can be read"),
    ("data/a.jsnl", "did you mean `a.jsonl`"),
    ("data/gone.jsonl", "cannot be looked up (No such file or directory)"),
    ("data/a\0.jsonl", "does not exist"),
    ("x" * 5000, "cannot be looked up (File name too long)"),
])
def test_a_path_that_leads_nowhere_is_told(desk: Path, source: Any, path: str, said: str) -> None:
    (desk / "nothing").mkdir()
    (desk / "data" / "gone.jsonl").symlink_to("nowhere")
    assert said in told(source, path, desk)
