"""The limits that keep the house easy to see. When one pinches, the design wants another room, not an exception."""

import ast
import os
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "tunewright"
OURS = ("src", "tests", "bench", "recipes", "scripts", "pretrain")
FILE_LINES = 300
FUNCTION_LINES = 60
DRAWERS = re.compile(r"util|manager|helper|common|misc", re.IGNORECASE)
LEFT_OUT = re.compile(r"^\.|^__pycache__$|\.egg-info$|^(build|dist|demo|work)$")  # made by tools and runs


def visible(folder: Path) -> Iterator[Path]:
    """What lies in a folder and belongs to the project."""
    return (path for path in sorted(folder.iterdir()) if not LEFT_OUT.search(path.name))


def sources() -> list[Path]:
    return [path for top in OURS for path in sorted((ROOT / top).rglob("*.py"))]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    assert [f"{path.relative_to(ROOT)}:{function.lineno} {function.name}" for path in sources()
            for function in functions(path) if (function.end_lineno or 0) - function.lineno >= FUNCTION_LINES] == []


def test_no_name_is_a_drawer_for_everything() -> None:
    classes = [(path, node.name) for path in sources() for node in ast.walk(ast.parse(path.read_text("utf-8")))
               if isinstance(node, ast.ClassDef)]
    named = [*((path, path.stem) for path in sources()), *classes]
    assert [f"{path.relative_to(ROOT)}: {name}" for path, name in named if DRAWERS.search(name)] == []


def test_no_two_modules_of_the_tests_share_a_name() -> None:
    names = [path.stem for path in sorted((ROOT / "tests").rglob("*.py")) if path.stem != "conftest"]
    assert sorted({name for name in names if names.count(name) > 1}) == []  # one would be imported for the other


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("tunewright", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_every_room_has_its_tests() -> None:
    rooms = [path.name for path in visible(PACKAGE) if (path / "__init__.py").exists()]
    assert [room for room in rooms if not list((ROOT / "tests" / room).glob("test_*.py"))] == []


def tree() -> dict[str, bool]:
    """The paths that the README's tree names, from the project's root; True for one that is drawn as a folder."""
    found = re.search(r"```\w*\ntunewright/\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert found, "README.md has no tree: a code block that begins with `tunewright/`"
    above: list[str] = []
    named: dict[str, bool] = {}
    for line in filter(str.strip, found[1].splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2 - 1
        path = line.split()[0]
        above = [*above[:depth], path.rstrip("/")]
        named["/".join(above)] = path.endswith("/")
    return named


def test_all_that_the_readme_tree_names_is_on_the_disk() -> None:
    assert {path for path, folder in tree().items()
            if not ((ROOT / path).is_dir() if folder else (ROOT / path).is_file())} == set()


def test_every_folder_and_every_room_is_in_the_readme_tree() -> None:
    folders = {path.name for path in visible(ROOT) if path.is_dir()}
    rooms = {f"src/tunewright/{path.name}" for path in visible(PACKAGE)
             if path.is_dir() or (path.suffix == ".py" and path.stem != "__init__")}
    named = set(tree())
    assert {folder for folder in folders if not any(path.split("/")[0] == folder for path in named)} == set()
    assert rooms - named == set()


@pytest.mark.parametrize("name", ["scripts/setup", "scripts/demo", "scripts/test", "scripts/check", ".ci/run"])
def test_a_script_can_be_run_as_it_is(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
    assert (ROOT / name).read_text("utf-8").startswith("#!/usr/bin/env ")
