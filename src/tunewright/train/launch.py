"""Several processes for one training: torchrun starts them, each does its share, and the first one speaks for all.

What they need goes to them as a file of JSON; what they say comes back as lines of JSON. Importing this loads no torch.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tunewright.base import Base
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model
from tunewright.core.run import Run
from tunewright.recipe import BaseSpec, ComputeSpec, PhaseSpec
from tunewright.train.checkpoint import Shelf
from tunewright.train.join import Start

WORKER = "tunewright.train.worker"
_UNCUT = ("qlora", "prefix", "prompt")  # 4-bit weights, and learned tokens that are read outside the layers


@dataclass(frozen=True)
class Order:
    """All that a worker needs to train one phase: `fit`'s arguments."""

    phase: PhaseSpec
    start: Start
    dataset: Dataset
    name: str
    run: Run
    shelf: Shelf
    compute: ComputeSpec

    def to_json(self) -> str:
        """As a file for another process."""
        start = self.start
        return json.dumps({
            "phase": self.phase.model_dump(mode="json"), "dataset": self.dataset.model_dump(mode="json"),
            "base": {**asdict(start.base), "path": str(start.base.path), "spec": start.base.spec.model_dump()},
            "before": start.before and start.before.model_dump(mode="json"),
            "judge": start.judge and start.judge.model_dump(mode="json"), "stack": start.stack, "name": self.name,
            "home": str(self.run.home.path), "folder": str(self.run.folder), "by": self.run.by,
            "shelf": str(self.shelf.path), "inputs": self.shelf.inputs,
            "compute": self.compute.model_dump(mode="json")})

    @staticmethod
    def from_json(text: str) -> "Order":
        """What `to_json` wrote; its run says nothing."""
        read: dict[str, Any] = json.loads(text)
        before, judge = (Model.model_validate(read[name]) if read[name] else None for name in ("before", "judge"))
        base = Base(**{**read["base"], "path": Path(read["base"]["path"]), "spec": BaseSpec(**read["base"]["spec"])})
        shelf = Shelf(Path(read["shelf"]), {})
        shelf.inputs = read["inputs"]
        return Order(PhaseSpec.model_validate(read["phase"]), Start(base, before, judge, read["stack"]),
                     Dataset.model_validate(read["dataset"]), read["name"],
                     Run(Home(Path(read["home"])), Path(read["folder"]), read["by"]), shelf,
                     ComputeSpec.model_validate(read["compute"]))


def launch(order: Order) -> Model:
    """Train in the processes that the order asks for. Raises Fault for what the workers raise one for."""
    processes = order.compute.processes
    _refuse(order.phase, order.compute)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "errors").open("w+") as errors:
        (Path(folder) / "order.json").write_text(order.to_json())
        threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, (os.cpu_count() or 1) // processes))
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}",
                   "-m", WORKER, str(Path(folder) / "order.json")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True,
                              env={**os.environ, "OMP_NUM_THREADS": threads}) as torchrun:
            try:
                model = _heard(torchrun.stdout or (), order.run)
            except BaseException:  # a fault, or Ctrl-C
                torchrun.terminate()  # it takes its workers with it
                raise
        if model is None:
            errors.seek(0)
            raise RuntimeError(f"the {processes} processes ended without a model:\n{errors.read()[-4000:]}")
        return model


def _refuse(phase: PhaseSpec, compute: ComputeSpec) -> None:
    import torch

    processes = compute.processes
    if compute.shard and phase.method in _UNCUT:
        raise Fault(f"compute: the weights of method {phase.method} cannot be cut among processes: take lora or full, "
                    "or set `shard: false`.")
    if compute.shard and (phase.precision == "fp16" or "8bit" in phase.optimizer or "paged" in phase.optimizer):
        raise Fault("compute: `shard: true` goes with optimizer adamw and precision bf16 or fp32: change them, or set "
                    "`shard: false`.")

    if phase.objective == "ppo":
        raise Fault("train: objective ppo writes its answers in one process: set `processes: 1` under compute.")
    found = torch.cuda.device_count()
    if torch.cuda.is_available() and found < processes:
        raise Fault(f"compute: {processes} processes need as many GPUs, and there are {found}: "
                    f"set `processes: {found}`.")


def _heard(lines: Iterable[str], run: Run) -> Model | None:
    """Pass on what the workers say until they end; the model, if they made one. Raises their Fault."""
    model = None
    tell: dict[str, Callable[[str, str], None]] = {"say": run.say, "progress": run.progress}
    for line in lines:
        kind, *said = json.loads(line)
        if kind == "fault":
            raise Fault(said[0])
        if kind == "model":
            model = Model.model_validate(said[0])
        else:
            tell[kind](*said)
    return model
