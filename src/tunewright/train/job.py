"""What a training run is made of."""

from dataclasses import dataclass
from typing import Any

import torch

from tunewright.recipe import PhaseSpec
from tunewright.train.batches import Batches
from tunewright.train.objectives import Objective, Row


@dataclass(frozen=True)
class Job:
    """What a training run needs. `rate` is the peak learning rate; `accelerator` knows device and precision.

    `sources` are the names of the files that the rows' places point into.
    """

    model: Any
    objective: Objective
    accelerator: Any
    phase: PhaseSpec
    rate: float
    rows: list[Row]
    validation: list[Row]
    sources: tuple[str, ...] = ()

    @property
    def batches(self) -> Batches:
        """Which records each step sees."""
        return Batches(tuple(row.size for row in self.rows), self.phase.batch, self.phase.seed)

    @property
    def steps(self) -> int:
        """Optimizer steps, if patience lasts."""
        return self.batches.steps(self.phase)

    @property
    def validate_every(self) -> int:
        """Optimizer steps between validations."""
        return self.phase.validate_every or max(1, self.batches.per_epoch // 4)

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        """The trainable weights by name: the tensors themselves."""
        return {name: weight for name, weight in self.model.named_parameters() if weight.requires_grad}
