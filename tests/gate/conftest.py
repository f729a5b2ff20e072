"""Reports with known items, and a run in a home of its own."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

import pytest

from tunewright.core.home import Home
from tunewright.core.items import ABOUT, ITEMS, About, Item, dump_items
from tunewright.core.records import Report
from tunewright.core.run import Run, start

NAMES = ("task/exact", "task/loss", "general/copy", "general/all")
Reported = Callable[..., Report]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    path = tmp_path / "home"
    path.mkdir()
    return Home(path)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def run(home: Home, said: list[str]) -> Run:
    return start(home, "tester", lambda stage, text: said.append(f"{stage}: {text}"))


@pytest.fixture
def reported(home: Home, tmp_path: Path) -> Reported:
    """A report over the given items."""

    def build(items: Iterable[Item], names: tuple[str, ...] = NAMES) -> Report:
        rows = list(items)
        folder = tmp_path / f"items-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / ITEMS).write_bytes(dump_items(rows))
        (folder / ABOUT).write_text(json.dumps(asdict(About(names, 400, 0))))
        arms = tuple(dict.fromkeys(item.arm for item in rows))
        return Report(name="x", spec="s", dataset="d", model="m", arms=arms, metrics=(), differences=(),
                      items=home.store.put_folder(folder))

    return build
