"""What a training run is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tunewright.engine import attention
from tunewright.engine.lines import lighter
from tunewright.engine.tree import plant
from tunewright.recipe import PhaseSpec
from tunewright.train.batches import Batches, cut
from tunewright.train.objectives import Objective, Row


@dataclass(frozen=True)
class Job:
    """What a training run needs. `rate` is the peak learning rate; `accelerator` knows device and precision.

    `sources` are the names of the files that the rows' places point into; `apart` says why records that begin alike
    do not share that, if they do not.
    """

    model: Any
    objective: Objective
    accelerator: Any
    phase: PhaseSpec
    rate: float
    rows: list[Row]
    validation: list[Row]
    sources: tuple[str, ...] = ()
    apart: str | None = None
    track: tuple[str, ...] = ()

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

    def passes(self, rows: Sequence[Row], indices: Sequence[int]) -> list[list[int]]:
        """`indices` of `rows` cut into forward passes: as prefix trees where the model reads them and it pays."""
        light = self._light if attention.installed(self.model) else None
        return cut(rows, indices, self.phase.batch_tokens, light)

    def _light(self, rows: Sequence[Row]) -> bool:
        return lighter(self.model, plant([line.read for row in rows for line in row.lines]))

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        """The trainable weights by name: the tensors themselves."""
        return {name: weight for name, weight in self.model.named_parameters() if weight.requires_grad}
