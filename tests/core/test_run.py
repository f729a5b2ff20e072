"""A run has its own numbered folder, and a stage's work is done once."""

import threading
from pathlib import Path

from tunewright.core.home import Home
from tunewright.core.records import Verdict
from tunewright.core.run import Run, start, write_atomically


def verdict(name: str) -> Verdict:
    return Verdict(name=name, spec="s", report="r", against=None, outcome="pass", rules=())


def begun(folder: Path) -> Run:
    return start(Home(folder), "ada")


def test_a_stage_is_worked_once_for_equal_inputs(tmp_path: Path) -> None:
    made: list[str] = []

    def make() -> Verdict:
        made.append("once")
        return verdict("desk")

    for _ in range(3):
        run = begun(tmp_path)
        assert run.cached("gate", 1, {"report": "r"}, Verdict, make) == verdict("desk")
    assert made == ["once"]
    assert run.fresh == []


def test_other_inputs_or_another_version_are_worked_anew(tmp_path: Path) -> None:
    run = begun(tmp_path)
    run.cached("gate", 1, {"report": "r"}, Verdict, lambda: verdict("a"))
    assert run.cached("gate", 1, {"report": "q"}, Verdict, lambda: verdict("b")).name == "b"
    assert run.cached("gate", 2, {"report": "r"}, Verdict, lambda: verdict("c")).name == "c"
    assert run.fresh == ["gate"] * 3


def test_a_cache_entry_whose_object_is_gone_is_worked_anew(tmp_path: Path) -> None:
    run = begun(tmp_path)
    record = run.cached("gate", 1, {}, Verdict, lambda: verdict("a"))
    (tmp_path / "store" / "objects" / record.digest[:2] / record.digest[2:]).unlink()
    assert run.cached("gate", 1, {}, Verdict, lambda: verdict("a")) == record
    assert run.fresh == ["gate", "gate"]


def test_a_stage_that_fails_leaves_no_cache_entry(tmp_path: Path) -> None:
    run = begun(tmp_path)

    def fail() -> Verdict:
        raise RuntimeError

    for _ in range(2):
        try:
            run.cached("gate", 1, {}, Verdict, fail)
        except RuntimeError:
            continue
    assert not run.home.cache.exists()


def test_runs_that_start_at_once_get_different_numbers(tmp_path: Path) -> None:
    numbers: list[str] = []
    threads = [threading.Thread(target=lambda: numbers.append(begun(tmp_path).number)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [f"{number:04d}" for number in range(1, 9)]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_atomically(path, "one")
    write_atomically(path, "two")
    assert path.read_text() == "two"
    assert [item.name for item in path.parent.iterdir()] == ["file"]


def test_a_torn_cache_entry_is_made_again(tmp_path: Path) -> None:
    run = begun(tmp_path)
    run.cached("gate", 1, "r", Verdict, lambda: verdict("desk"))
    for torn in ("", "garbage"):
        next(run.home.cache.iterdir()).write_text(torn)
        assert run.cached("gate", 1, "r", Verdict, lambda: verdict("desk")) == verdict("desk")
    assert run.fresh == ["gate"] * 3


def test_what_is_written_may_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new", "text")
    (tmp_path / "plain").write_text("text")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
