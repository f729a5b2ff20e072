"""The `compute` section: with what the work is done. It changes how fast a model comes about, not what it is."""

from typing import Literal

from tunewright.recipe.spec import Positive, Spec


class ComputeSpec(Spec):
    """Processes that train together."""

    processes: Positive = 1
    """Processes that share every training step, one for each GPU, or on CPUs; Tunewright starts them with torchrun."""
    track: tuple[Literal["tensorboard", "mlflow", "wandb"], ...] = ()
    """Trackers that see every step's figures too; without a server in their environment they write beside the run."""
