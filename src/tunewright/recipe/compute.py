"""The `compute` section: with what the work is done. It changes how fast a model comes about, not what it is."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Positive, Spec


class ComputeSpec(Spec):
    """Processes that prepare data, and processes that train together."""

    workers: Annotated[int, Field(ge=1)] | None = None
    """Processes that prepare data beside this one; unless given, one for each core, and none for a few records."""
    ray: str | None = None
    """Prepare data on a Ray cluster: its address, or `auto` for one that runs here or else is started here."""

    processes: Positive = 1
    """Processes that share every training step, one for each GPU, or on CPUs; Tunewright starts them with torchrun."""
    shard: bool = False
    """Cut weights, gradients and moments among the processes (FSDP2), for a model that one GPU cannot hold."""
    compile: bool = False
    """Compile the model's layers (torch.compile): it costs a minute or more at the start, and pays on long runs."""
    track: tuple[Literal["tensorboard", "mlflow", "wandb"], ...] = ()
    """Trackers that see every step's figures too; without a server in their environment they write beside the run."""
