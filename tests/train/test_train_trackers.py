import pytest
from spell import Stop, stop_at

from tunewright import train
from tunewright.core.errors import Fault
from tunewright.core.run import silent, start
from tunewright.recipe import ComputeSpec, PhaseSpec
from tunewright.train import trackers

PHASE = PhaseSpec(steps=3, validate_every=2, checkpoint_every=2)


def tracked(home, base, dataset, kind, progress=silent):
    """A run with one tracker, and where it wrote."""
    run = start(home, "tester", progress=progress)
    train.make((PHASE,), base, dataset, "spell", run, ComputeSpec(track=(kind,)))
    return run.room("train")


def test_tensorboard_gets_every_figure_of_every_step(home, base, dataset):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with pytest.raises(Stop):
        tracked(home, base, dataset, "tensorboard", stop_at(3))
    seen = EventAccumulator(str(tracked(home, base, dataset, "tensorboard") / "tensorboard")).Reload()
    assert [event.step for event in seen.Scalars("loss")] == [1, 2, 3], "with those before the stop"
    assert [event.step for event in seen.Scalars("validation")] == [2, 3]
    assert {"lr", "tokens", "seconds"} <= set(seen.Tags()["scalars"])


def test_mlflow_writes_beside_the_run(home, base, dataset):
    mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed")
    tracked(home, base, dataset, "mlflow")
    (found,) = mlflow.search_runs(experiment_names=[trackers.PROJECT], output_format="list")
    history = mlflow.MlflowClient().get_metric_history(found.info.run_id, "loss")
    assert [metric.step for metric in history] == [1, 2, 3]
    assert found.data.params["method"] == "lora"


def test_wandb_writes_beside_the_run(home, base, dataset):
    pytest.importorskip("wandb", reason="wandb is not installed")
    assert list(tracked(home, base, dataset, "wandb").glob("wandb/offline-run-*/*.wandb"))


def test_tracking_does_not_change_the_model(home, base, dataset):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    tracked(home, base, dataset, "tensorboard")
    run = start(home, "tester")
    train.make((PHASE,), base, dataset, "spell", run)
    assert run.fresh == [], "the same model, found again"


def test_a_tracker_that_is_not_installed_is_told_with_what_to_install(home, base, dataset):
    if not (missing := [kind for kind in trackers.KINDS if not _installed(kind)]):
        pytest.skip("every tracker is installed")
    with pytest.raises(Fault, match=rf"track {missing[0]} needs .*`pip install tunewright\[{missing[0]}\]`"):
        tracked(home, base, dataset, missing[0])


def _installed(kind):
    from importlib.util import find_spec

    return find_spec(kind) is not None
