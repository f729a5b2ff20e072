"""The small base, homes and runs that the train room's tests stand on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from spell import make_dataset, write_base

from tunewright.base import Base, find
from tunewright.core.home import Home
from tunewright.core.records import Dataset
from tunewright.core.run import Run, start
from tunewright.recipe import BaseSpec


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """The small base, with random weights."""
    folder = write_base(tmp_path_factory.mktemp("bases") / "small")
    return find(BaseSpec(name=str(folder), weights="random"), folder)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    path = tmp_path / "home"
    path.mkdir()
    return Home(path)


@pytest.fixture
def new_run(home: Home) -> Callable[[], Run]:
    return lambda: start(home, "tester")


@pytest.fixture
def dataset(home: Home, tmp_path: Path) -> Dataset:
    return make_dataset(home, tmp_path / "words")
