"""On what a run computes: device and precision, and what is kept for the way back."""

import os
from typing import Any

import torch

from tunewright.core.errors import Fault
from tunewright.recipe import PhaseSpec


def accelerator(phase: PhaseSpec) -> Any:
    """Device and precision, by accelerate, which keeps one state a process: each run sets it anew."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    cuda = torch.cuda.is_available()
    precision = phase.precision or ("bf16" if cuda and torch.cuda.is_bf16_supported() else "fp32")
    if precision == "fp16" and not cuda:
        raise Fault("train: precision fp16 needs a GPU: take fp32 or bf16 here.")
    AcceleratorState._reset_state(reset_partial_state=True)
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    made = Accelerator(mixed_precision="no" if precision == "fp32" else precision, cpu=processes > 1 and not cuda)
    if made.num_processes != processes:
        raise Fault(f"train: of {processes} processes, {made.num_processes} found each other: set `processes: 1`.")
    return made


def compile_layers(model: Any) -> None:
    """Compile each of the model's repeated layers, once for all of them and for every length.

    Attention over trees stays as it is: it is called from within the compiled layers.
    """
    layers = max((part for part in model.modules() if isinstance(part, torch.nn.ModuleList)), key=len)
    for layer in layers:
        layer.compile(dynamic=True)


def ready(accelerator: Any, model: Any, phase: PhaseSpec) -> Any:
    """`model` on its device, computing in the run's precision. Raises Fault if it cannot do what the phase asks."""
    if phase.checkpoint_activations:
        if not getattr(model, "supports_gradient_checkpointing", False):
            raise Fault("train: this base cannot compute activations a second time: remove checkpoint_activations, "
                        "or lower batch_tokens.")
        model.activation_checkpointing_enable()
    # Evaluation mode leaves out the wrapper for several processes: `together` sums their gradients, once a step.
    return accelerator.prepare_model(model, evaluation_mode=True)
