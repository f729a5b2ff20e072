"""A recipe folder, a home, and short ways to write a file and make its dataset."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunewright.core.home import Home
from tunewright.core.run import Run, start
from tunewright.recipe import DataSpec, SourceSpec

Made = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the recipe and its files lie."""
    path = tmp_path / "recipe"
    path.mkdir()
    return path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    path = tmp_path / "home"
    path.mkdir()
    return Home(path)


@pytest.fixture
def said() -> list[str]:
    """What the run told a person."""
    return []


@pytest.fixture
def run(home: Home, said: list[str]) -> Run:
    return start(home, "tester", lambda stage, text: said.append(f"{stage}: {text}"))


@pytest.fixture
def source() -> Made:
    """A source spec with the declarations filled in."""
    def build(path: str, **fields: Any) -> SourceSpec:
        return SourceSpec.model_validate({"license": "CC-BY-4.0", "basis": "contract", "path": path, **fields})
    return build


@pytest.fixture
def spec(source: Made) -> Made:
    """A data spec of sources given as SourceSpec, with the split's fields."""
    def build(*sources: SourceSpec, **split: Any) -> DataSpec:
        return DataSpec.model_validate({"sources": list(sources), "split": split})
    return build


@pytest.fixture
def jsonl(folder: Path) -> Callable[[str, list[Any]], str]:
    """Writes values as JSON Lines and returns the file's name."""
    def write(name: str, values: list[Any]) -> str:
        (folder / name).write_text("".join(json.dumps(value) + "\n" for value in values))
        return name
    return write
