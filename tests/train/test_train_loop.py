import json

import pytest
import torch
from safetensors.torch import load
from spell import make_dataset, train_once

from tunewright.base import load_model
from tunewright.core.errors import Fault
from tunewright.core.run import start
from tunewright.recipe import PhaseSpec
from tunewright.train import compute, make


def weights_of(home, model):
    files = home.store.folder(model.files)
    return load(home.store.get(files["adapter_model.safetensors" if model.adapter else "model.safetensors"]))


def rows_of(home):
    last = max(home.runs.iterdir())
    return [json.loads(line) for line in (last / "train" / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("method", ["lora", "full"])
def test_training_lowers_the_loss(home, base, dataset, method):
    model = train_once(home, base, dataset, PhaseSpec(method=method, epochs=10, batch=8))
    rows = rows_of(home)
    assert rows[-1]["loss"] < 0.8 * rows[0]["loss"]
    assert model.metrics["validation"] == min(row["validation"] for row in rows if "validation" in row)
    assert (model.adapter, model.metrics["steps"]) == (method == "lora", 60)


def test_metrics_tell_of_every_step(home, base, dataset):
    train_once(home, base, dataset, PhaseSpec(epochs=1, batch=8, validate_every=3))
    rows = rows_of(home)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert ["validation" in row for row in rows] == [False, False, True, False, False, True]
    assert {"step", "loss", "lr", "tokens", "seconds"} <= rows[0].keys()
    assert [row["tokens"] for row in rows] == sorted(row["tokens"] for row in rows)


def test_the_cut_into_passes_does_not_change_the_result(home, base, dataset):
    whole = train_once(home, base, dataset, PhaseSpec(method="full", steps=6, batch_tokens=4096))
    cut = train_once(home, base, dataset, PhaseSpec(method="full", steps=6, batch_tokens=40))
    for name, weight in weights_of(home, whole).items():
        torch.testing.assert_close(weights_of(home, cut)[name], weight, rtol=1e-3, atol=2e-5)


def test_the_best_validation_is_kept_not_the_last(home, base, dataset):
    phase = PhaseSpec(method="full", epochs=6, batch=8, learning_rate=0.03, schedule="constant", warmup=0,
                      validate_every=3)
    model = train_once(home, base, dataset, phase)
    best = int(model.metrics["best_step"])
    assert best < model.metrics["steps"]
    shorter = train_once(home, base, dataset, phase.model_copy(update={"steps": best}))
    assert shorter.metrics["validation"] == model.metrics["validation"]
    mine, other = weights_of(home, model), weights_of(home, shorter)
    assert all(torch.equal(mine[name], other[name]) for name in mine)


def test_patience_ends_a_run_that_no_longer_gets_better(home, base, dataset):
    phase = PhaseSpec(method="full", epochs=40, batch=8, learning_rate=0.03, validate_every=3, patience=2)
    model = train_once(home, base, dataset, phase)
    assert model.metrics["steps"] == model.metrics["best_step"] + 6 < 240


def test_without_validation_records_the_last_weights_are_kept(home, base, tmp_path):
    model = train_once(home, base, make_dataset(home, tmp_path / "w", validation=0), PhaseSpec(epochs=1))
    assert "validation" not in model.metrics
    assert model.metrics["steps"] == 3




def test_the_same_recipe_gives_the_same_bytes(home, base, dataset, tmp_path):
    phase = PhaseSpec(steps=5, dropout=0.2)
    first = train_once(home, base, dataset, phase)
    for cached in home.cache.iterdir():
        cached.unlink()
    torch.manual_seed(12345)
    assert train_once(home, base, dataset, phase).digest == first.digest


def test_another_seed_gives_another_model(home, base, dataset):
    assert (train_once(home, base, dataset, PhaseSpec(steps=2)).files
            != train_once(home, base, dataset, PhaseSpec(steps=2, seed=1)).files)


def test_a_model_trained_before_is_found_again(home, base, dataset):
    model = train_once(home, base, dataset, PhaseSpec(steps=2))
    run = start(home, "tester")
    assert make((PhaseSpec(steps=2),), base, dataset, "spell", run) == model
    assert run.fresh == []


def test_records_that_cannot_be_learned_from_are_told_of(home, base, dataset):
    told = []
    run = start(home, "tester", say=lambda stage, text: told.append(text))
    make((PhaseSpec(steps=1, length=12),), base, dataset, "spell", run)
    assert any("left out" in text for text in told)
    assert any("cut at the end" in text for text in told)


def test_data_without_one_supervised_token_is_refused(home, base, dataset):
    with pytest.raises(Fault, match="raise length"):
        train_once(home, base, dataset, PhaseSpec(steps=1, length=2))


def test_fp16_without_a_gpu_is_refused(home, base, dataset):
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(Fault, match="precision fp16 needs a GPU"):
        train_once(home, base, dataset, PhaseSpec(steps=1, precision="fp16"))


@pytest.mark.parametrize(("method", "kept"), [("full", torch.bfloat16), ("lora", torch.float32)])
def test_bf16_trains_on_a_cpu_too(home, base, dataset, method, kept):
    model = train_once(home, base, dataset, PhaseSpec(steps=8, precision="bf16", method=method))
    rows = rows_of(home)
    assert rows[-1]["validation"] < rows[0]["loss"]
    assert {weight.dtype for weight in weights_of(home, model).values()} == {kept}


def test_every_layer_is_compiled_where_the_recipe_says_so(base):
    model = load_model(base)
    compute.compile_layers(model)
    assert all(layer._compiled_call_impl is not None for layer in model.model.layers)
