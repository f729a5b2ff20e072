import json
import subprocess
import sys

import pytest

from tunewright.core import runs
from tunewright.core.errors import Fault
from tunewright.core.home import Home

RECIPE, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


def work(home: Home, recipe: str, dataset: str = "d1", done: bool = False) -> str:
    with runs.opened(home, recipe, "mira") as run:
        runs.settle(run, dataset)
        run.room("train")
        if done:
            runs.finish(run)
        return run.number


def test_a_stopped_run_is_taken_up(home):
    assert [work(home, RECIPE), work(home, RECIPE)] == ["0001", "0001"]


def test_a_finished_run_is_left_alone(home):
    assert [work(home, RECIPE, done=True), work(home, RECIPE)] == ["0001", "0002"]


def test_another_recipe_has_its_own_run(home):
    assert [work(home, RECIPE), work(home, OTHER), work(home, RECIPE)] == ["0001", "0002", "0001"]


def test_changed_data_begins_a_new_run(home):
    assert [work(home, RECIPE), work(home, RECIPE, "d2"), work(home, RECIPE, "d2")] == ["0001", "0002", "0002"]


def test_a_run_that_worked_on_nothing_leaves_no_folder(home):
    with runs.opened(home, RECIPE, "mira") as run:
        folder = run.folder
    assert not folder.exists()


def test_one_recipe_is_not_run_twice_at_once(home):
    with runs.opened(home, RECIPE, "mira"):
        with pytest.raises(Fault, match="being run here by another process"), runs.opened(home, RECIPE, "ann"):
            pass
        assert work(home, OTHER) == "0002"
    assert work(home, RECIPE) == "0003"


def test_a_killed_run_holds_no_lock(home):
    script = ("import os, sys; from pathlib import Path; from tunewright.core import runs; "
              "from tunewright.core.home import Home\n"
              "with runs.opened(Home(Path(sys.argv[1])), 'a' * 64, 'x') as run: run.room('train'); os._exit(9)")
    assert subprocess.run([sys.executable, "-c", script, str(home.path)], check=False).returncode == 9
    assert work(home, RECIPE) == "0001"


def test_a_torn_note_is_no_stopped_run(home):
    (home.runs / "0007").mkdir(parents=True)
    (home.runs / "0007" / "run.json").write_text("{")
    assert work(home, RECIPE) == "0008"


def test_the_note_says_who_runs_what(home):
    number = work(home, RECIPE, done=True)
    note = json.loads((home.runs / number / "run.json").read_text())
    assert note == {"by": "mira", "recipe": RECIPE, "state": "done", "dataset": "d1"}
