import json

import pytest
import torch
from safetensors import SafetensorError
from spell import Stop, stop_at, train_once

from tunewright.core.errors import Fault
from tunewright.recipe import PhaseSpec
from tunewright.train.checkpoint import Checkpoint, Course, Shelf

PHASE = PhaseSpec(method="full", steps=8, validate_every=2, checkpoint_every=2)
INPUTS = {"phases": [1], "base": "b", "dataset": "d"}


def checkpoint(step, best_step=0):
    ones = torch.ones(2, 2) * step
    return Checkpoint(Course(step=step, best_step=best_step, rows=[{"step": step}]), {"w": ones}, {"w": ones - 1},
                      {"0.exp_avg": ones}, {"cpu": torch.get_rng_state()})


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "shelf", INPUTS)


def test_what_is_kept_comes_back(shelf):
    kept = checkpoint(4, best_step=2)
    shelf.save(kept)
    found = shelf.load()
    assert found.course == kept.course
    assert torch.equal(found.weights["w"], kept.weights["w"])
    assert torch.equal(found.best["w"], kept.best["w"])
    assert torch.equal(found.random["cpu"], kept.random["cpu"])


def test_the_last_two_are_kept(shelf):
    for step in (2, 4, 6):
        shelf.save(checkpoint(step))
    assert sorted(path.name for path in shelf.path.iterdir()) == ["00000004", "00000006"]
    assert shelf.load().course.step == 6


def test_nothing_is_pickled(shelf):
    shelf.save(checkpoint(2, best_step=1))
    assert {path.suffix for path in shelf.path.glob("*/*")} == {".safetensors", ".json"}


def damages():
    def shorten(path):
        path.write_bytes(path.read_bytes()[:-1])

    def flip(path):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))

    return [lambda path: path.unlink(), shorten, flip, lambda path: path.write_bytes(b"")]


@pytest.mark.parametrize("damage", damages())
@pytest.mark.parametrize("name", ["weights.safetensors", "optimizer.safetensors", "course.json", "manifest.json"])
def test_a_torn_checkpoint_falls_back_to_the_one_before(shelf, name, damage):
    shelf.save(checkpoint(2))
    shelf.save(checkpoint(4))
    damage(shelf.path / "00000004" / name)
    assert shelf.load().course.step == 2
    assert not (shelf.path / "00000004").exists()


def test_with_every_checkpoint_torn_the_run_starts_afresh(shelf):
    shelf.save(checkpoint(2))
    (shelf.path / "00000002" / "manifest.json").unlink()
    assert shelf.load() is None


@pytest.mark.parametrize("name", ["base", "dataset", "phases"])
def test_a_checkpoint_of_other_inputs_is_refused_in_one_sentence(shelf, name):
    shelf.save(checkpoint(2))
    with pytest.raises(Fault, match=f"made with another {name}: put the old one back") as told:
        Shelf(shelf.path, {**INPUTS, name: "other"}).load()
    assert "\n" not in str(told.value)


def test_a_run_is_held_by_one_process_at_a_time(shelf):
    with shelf.held(), pytest.raises(Fault, match="another process is training"), shelf.held():
        pass
    with shelf.held():
        pass


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"),
                                   SafetensorError("I/O error: No space left on device (os error 28)")])
def test_a_disk_that_is_full_leaves_the_checkpoint_before(shelf, monkeypatch, error):
    shelf.save(checkpoint(2))

    def full(*_):
        raise error

    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(Fault, match=r"No space left on device.*goes on from the checkpoint before"):
        shelf.save(checkpoint(4))
    assert shelf.load().course.step == 2


@pytest.mark.parametrize("step", [3, 4, 7])
def test_a_stopped_run_ends_as_if_never_stopped(home, base, dataset, tmp_path, step):
    whole = train_once(home, base, dataset, PHASE)
    for cached in home.cache.iterdir():
        cached.unlink()
    with pytest.raises(Stop):
        train_once(home, base, dataset, PHASE, stop_at(step))
    assert list((home.path / "checkpoints").glob("*/0*"))
    resumed = train_once(home, base, dataset, PHASE)
    assert resumed.digest == whole.digest
    assert not list((home.path / "checkpoints").iterdir()), "a finished run leaves no checkpoints"
    lines = (max(home.runs.iterdir()) / "train" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == list(range(1, 9))


def test_a_resumed_run_does_not_repeat_what_was_done(home, base, dataset):
    with pytest.raises(Stop):
        train_once(home, base, dataset, PHASE, stop_at(7))
    told = []
    train_once(home, base, dataset, PHASE, lambda stage, text: told.append(text.split("/")[0]))
    assert told == ["7", "8"]


def test_changed_data_or_spec_starts_afresh(home, base, dataset):
    with pytest.raises(Stop):
        train_once(home, base, dataset, PHASE, stop_at(7))
    told = []
    train_once(home, base, dataset, PHASE.model_copy(update={"seed": 1}), lambda stage, text: told.append(text))
    assert told[0].startswith("1/8")
