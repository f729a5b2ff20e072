"""`kill -9` anywhere in a run, and the run taken up again ends in the very same bytes."""

import multiprocessing
import random
import time

import pytest
from spell import train_once

from tunewright.core.home import Home
from tunewright.recipe import PhaseSpec

PHASES = {"full": PhaseSpec(method="full", steps=150, batch=8, validate_every=5, checkpoint_every=3),
          "lora": PhaseSpec(method="lora", steps=100, batch=8, dropout=0.1, validate_every=5, checkpoint_every=3)}


@pytest.fixture(scope="module")
def processes():
    """Children that begin with torch imported, so that a kill meets training and not an import."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tunewright.train.fit", "peft", "accelerate", "transformers.models.llama"])
    return context


def child(path, base, dataset, phase):
    train_once(Home(path), base, dataset, phase)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_run_killed_at_random_moments_ends_in_the_same_bytes(home, base, dataset, processes, method):
    phase, rng = PHASES[method], random.Random(time.time_ns())
    shelves = home.path / "checkpoints"
    for _ in range(3):
        process = processes.Process(target=child, args=(home.path, base, dataset, phase))
        process.start()
        while process.is_alive() and not list(shelves.glob("*/0*")):
            time.sleep(0.01)
        time.sleep(rng.uniform(0.05, 0.6))
        process.kill()
        process.join()
    resumed = train_once(home, base, dataset, phase)
    for cached in home.cache.iterdir():
        cached.unlink()
    assert train_once(home, base, dataset, phase).digest == resumed.digest
