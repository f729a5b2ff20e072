"""The stage `train`: each phase's model from the cache, else a run that takes up where a stopped one left off.

Importing this loads no torch, and neither does finding that the models were trained before.
"""

import os
from collections.abc import Sequence

from tunewright.base import Base
from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.core.records import Dataset, Model
from tunewright.core.run import Run
from tunewright.recipe import ComputeSpec, PhaseSpec
from tunewright.train import checkpoint
from tunewright.train.join import Start, stacks
from tunewright.train.launch import Order, launch

VERSION = 2
METRICS = "metrics.jsonl"
ALONE = ComputeSpec()


def make(phases: tuple[PhaseSpec, ...], base: Base, dataset: Dataset, name: str, run: Run,
         compute: ComputeSpec = ALONE) -> Model:
    """The model that these phases make of `base` on `dataset`, each starting from what the one before it left.

    A reward phase leaves a reward model beside the chain: the phase after it starts from where the reward phase
    started. A stopped run's checkpoints lie under `checkpoints/` in the home, named by the digest of all inputs: the
    same inputs go on from there, others start afresh. Raises Fault if the data cannot be learned from, the phases do
    not fit each other, or the loss is no number.
    """
    _refuse(phases)
    if compute.shard and compute.processes == 1:
        raise Fault("compute: `shard: true` cuts the model among processes, and there is one: set `processes: 2` or "
                    "more, or leave `shard` out.")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise Fault("train: start one process, without torchrun: `compute: {processes: N}` starts the others.")
    model: Model | None = None
    policy: Model | None = None
    judge: Model | None = None
    chain: list[PhaseSpec] = []
    for number, phase in enumerate(phases, 1):
        if len(phases) > 1:
            run.say("train", f"phase {number} of {len(phases)}: {phase.objective} with {phase.method}")
        judged = judge if phase.objective == "ppo" and phase.ppo.reward == "model" else None
        model = _phase(phase, Start(base, policy, judged, stacks(phase, chain, policy)), dataset, name, run, compute)
        if phase.objective == "reward":
            judge = model
        else:
            policy = model
            chain.append(phase)
        if number < len(phases):
            _put_aside(run, number, phase)
    assert model is not None
    return model


def _phase(phase: PhaseSpec, start: Start, dataset: Dataset, name: str, run: Run, compute: ComputeSpec) -> Model:
    inputs = {"phases": [phase.model_dump(mode="json")], "base": start.base.digest, "dataset": dataset.digest,
              "name": name, "after": start.after, "judge": start.judged,
              **compute.model_dump(include={"processes", "shard", "compile"})}
    shelf = checkpoint.Shelf(run.home.path / "checkpoints" / digest_json(inputs)[:32], inputs)

    def train() -> Model:
        with shelf.held():
            if compute.processes > 1:
                return launch(Order(phase, start, dataset, name, run, shelf, compute))
            from tunewright.train.fit import fit

            return fit(phase, start, dataset, name, run, shelf, compute)

    model = run.cached("train", VERSION, inputs, Model, train)
    shelf.clear()
    return model


def _refuse(phases: Sequence[PhaseSpec]) -> None:
    """Fault if a phase wants a reward model and no phase before it makes one."""
    for number, phase in enumerate(phases):
        rewarded = any(before.objective == "reward" for before in phases[:number])
        if phase.objective == "ppo" and phase.ppo.reward == "model" and not rewarded:
            raise Fault("train: objective ppo with `reward: model` needs a phase `objective: reward` before it: add "
                        "one, or name a reward function.")


def _put_aside(run: Run, number: int, phase: PhaseSpec) -> None:
    """Keep a finished phase's metrics under its own name: the run's curve is that of the last phase."""
    path = run.room("train") / METRICS
    if path.exists():
        path.rename(path.with_name(f"metrics-{number}-{phase.objective}.jsonl"))
