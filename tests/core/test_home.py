"""State is found upward like `.git`, or where TUNEWRIGHT_HOME says."""

from pathlib import Path

import pytest

from tunewright.core.errors import Fault
from tunewright.core.home import find_home


@pytest.fixture(autouse=True)
def _no_named_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TUNEWRIGHT_HOME", raising=False)


def test_a_home_is_found_from_any_folder_below(tmp_path: Path) -> None:
    (tmp_path / ".tunewright").mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_home(deep).path == tmp_path / ".tunewright"


def test_without_a_home_the_fault_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Fault, match=r"no \.tunewright folder"):
        find_home(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_home_is_made_when_asked(tmp_path: Path) -> None:
    assert find_home(tmp_path, create=True).path.is_dir()


def test_the_environment_names_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEWRIGHT_HOME", str(tmp_path / "state"))
    assert find_home(tmp_path, create=True).path == tmp_path / "state"


def test_a_place_that_cannot_hold_a_home_is_refused(tmp_path: Path) -> None:
    """A file where a folder is needed refuses every user, root too."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Fault, match="cannot be made"):
        find_home(tmp_path / "file", create=True)


def test_a_place_that_takes_nothing_is_refused_even_for_root() -> None:
    with pytest.raises(Fault, match="set TUNEWRIGHT_HOME to a folder you may write"):
        find_home(create=True, named="/proc")
