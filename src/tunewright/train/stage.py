"""The stage `train`: the model from the cache, else a training run that takes up where a stopped one left off.

Importing this loads no torch, and neither does finding that the model was trained before.
"""

from tunewright.base import Base
from tunewright.core.digest import digest_json
from tunewright.core.records import Dataset, Model
from tunewright.core.run import Run
from tunewright.recipe import PhaseSpec
from tunewright.train import checkpoint

VERSION = 1


def make(phases: tuple[PhaseSpec, ...], base: Base, dataset: Dataset, name: str, run: Run) -> Model:
    """The model that these phases make of `base` on `dataset`.

    A stopped run's checkpoints lie under `checkpoints/` in the home, named by the digest of all inputs: the same
    inputs go on from there, others start afresh. Raises Fault if the data cannot be learned from or the loss is
    no number.
    """
    (phase,) = phases
    inputs = {"phases": [phase.model_dump(mode="json") for phase in phases], "base": base.digest,
              "dataset": dataset.digest, "name": name}
    shelf = checkpoint.Shelf(run.home.path / "checkpoints" / digest_json(inputs)[:32], inputs)

    def train() -> Model:
        from tunewright.train.fit import fit

        with shelf.held():
            return fit(phase, base, dataset, name, run, shelf)

    model = run.cached("train", VERSION, inputs, Model, train)
    shelf.clear()
    return model
