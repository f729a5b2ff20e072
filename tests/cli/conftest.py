import shutil
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "pipeline"))
from kitchen import FAILS, write_kitchen, write_recipe
from verb import tune


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """A folder whose home holds desk@1 (passed) and desk@2 (rejected)."""
    folder = tmp_path_factory.mktemp("finished")
    write_kitchen(folder)
    write_recipe(folder, FAILS, file="worse.yaml", rank=4)
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    assert tune("run", "desk.yaml", "--by", "mira").exit_code == 0
    assert tune("run", "worse.yaml", "--by", "ann").exit_code == 3
    patch.undo()
    return folder


@pytest.fixture
def desk(finished, tmp_path, monkeypatch) -> Path:
    """A copy of it to change, as the current folder."""
    folder = shutil.copytree(finished, tmp_path / "desk")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def empty(tmp_path, monkeypatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
