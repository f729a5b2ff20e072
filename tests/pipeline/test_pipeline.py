import json
import shutil

import pytest
from kitchen import FAILS, write_recipe

from tunewright import pipeline, registry
from tunewright.core.errors import Fault
from tunewright.core.home import find_home
from tunewright.recipe import Recipe, load


class Told:
    """What a run says, and a way to stop it."""

    def __init__(self, stop: str | None = None) -> None:
        self.lines: list[str] = []
        self.stop = stop

    def say(self, stage: str, text: str) -> None:
        self.lines.append(stage)

    def progress(self, stage: str, text: str) -> None:
        if self.stop and text.startswith(self.stop):
            raise KeyboardInterrupt


def test_a_recipe_becomes_a_release_with_a_page(recipe):
    told = Told()
    release = pipeline.run(recipe, by="mira", say=told.say)
    home = find_home()
    assert release.reference == "desk@1"
    assert registry.status(home)[0].status == "candidate"
    assert list(dict.fromkeys(told.lines)) == ["data", "check", "plan", "train", "evaluate", "gate"]
    page = (home.runs / "0001" / "report.html").read_text()
    assert "desk@1" in page
    assert [entry.by for entry in home.ledger.entries()] == ["mira"]


def test_a_second_run_does_no_work(recipe):
    first = pipeline.run(recipe)
    head, told = find_home().ledger.head(), Told()
    with pipeline.opened(recipe, say=told.say) as again:
        assert again.held == again.release == first
        assert again.run.fresh == []
    assert find_home().ledger.head() == head
    assert told.lines == ["data"]
    assert [path.name for path in find_home().runs.iterdir() if path.is_dir()] == ["0001"]


def test_changed_data_make_another_release(recipe, tmp_path):
    pipeline.run(recipe)
    with (tmp_path / "words.csv").open("a") as stream:
        stream.write("another,short\n")
    assert pipeline.run(recipe).reference == "desk@2"


def test_a_changed_gate_judges_again_without_training(recipe, tmp_path):
    first = pipeline.run(recipe)
    with pipeline.opened(write_recipe(tmp_path, FAILS)) as again:
        second = again.release
        assert again.run.fresh == ["gate"]
        assert again.standing.status == "rejected"
    assert (second.model, second.report) == (first.model, first.report)


def test_a_stopped_run_goes_on_to_the_same_model(recipe, tmp_path):
    told = Told(stop="3/4")
    with pytest.raises(KeyboardInterrupt):
        pipeline.run(recipe, say=told.say, progress=told.progress)
    assert registry.status(find_home()) == ()
    stopped = pipeline.run(recipe)
    assert [path.name for path in find_home().runs.iterdir() if path.is_dir()] == ["0001"]
    whole = pipeline.run(recipe, home=tmp_path / "elsewhere")
    assert (stopped.model, stopped.dataset) == (whole.model, whole.dataset)  # a report tells seconds too


def test_the_curve_of_a_stopped_run_is_whole_on_the_page(recipe):
    told = Told(stop="3/4")
    with pytest.raises(KeyboardInterrupt):
        pipeline.run(recipe, progress=told.progress)
    with pipeline.opened(recipe) as again:
        assert again.release
        rows = (again.run.room("train") / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(row)["step"] for row in rows] == [1, 2, 3, 4]


def test_the_gate_compares_with_what_is_live(recipe, tmp_path):
    registry.promote(find_home(create=True), pipeline.run(recipe).reference, "mira", "first")
    path = write_recipe(tmp_path, ("task/loss", "drop_at_most: 50, against: live"), rank=4)
    with pipeline.opened(path) as second:
        assert second.verdict.against == registry.live(find_home(), "desk").report


def test_a_recipe_object_is_run_from_the_current_folder(recipe):
    loaded: Recipe = load(recipe).recipe
    assert pipeline.run(loaded).reference == "desk@1"


def test_the_home_is_found_from_here_then_from_the_recipe(recipe, tmp_path, monkeypatch):
    loaded = load(recipe)
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert pipeline.home_of(loaded).path == tmp_path / "sub" / ".tunewright"
    shutil.rmtree(tmp_path / "sub" / ".tunewright")
    (tmp_path / ".tunewright").mkdir()
    assert pipeline.home_of(loaded).path == tmp_path / ".tunewright"
    monkeypatch.setenv("TUNEWRIGHT_HOME", str(tmp_path / "named"))
    assert pipeline.home_of(loaded).path == tmp_path / "named"
    assert pipeline.home_of(loaded, tmp_path / "given").path == tmp_path / "given"


def test_a_recipe_with_a_fault_leaves_no_run(recipe, tmp_path):
    (tmp_path / "words.csv").write_text("word,length\na,short\n")
    with pytest.raises(Fault, match="size"):
        pipeline.run(recipe)
    assert [path for path in find_home().runs.iterdir() if path.is_dir()] == []
    assert find_home().ledger.head().number == 0


def test_a_gate_that_could_never_be_judged_is_refused_before_anything_is_done(recipe, tmp_path):
    with pytest.raises(Fault, match="task/exact"):
        pipeline.run(write_recipe(tmp_path, ("task/exat", "at_least: 0.5")))
    with pytest.raises(Fault, match="prompted"):
        pipeline.run(write_recipe(tmp_path, ("task/exact", "against: prompted, rise_at_least: 0.5")))
    assert not (tmp_path / ".tunewright").exists()


def test_a_dataset_without_a_test_part_is_refused_before_training(recipe):
    recipe.write_text(recipe.read_text().replace("{test: 0.3,", "{test: 0,"))
    told = Told()
    with pytest.raises(Fault, match="part test is empty, so suite `task` has nothing to measure on"):
        pipeline.run(recipe, say=told.say)
    assert "plan" not in told.lines
