"""On what a run computes: device and precision, and what is kept for the way back."""

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
    made = Accelerator(mixed_precision="no" if precision == "fp32" else precision)
    if made.num_processes > 1:
        raise Fault("train: training in several processes is not built yet: start one, without torchrun.")
    return made


def ready(accelerator: Any, model: Any, phase: PhaseSpec) -> Any:
    """`model` on its device, computing in the run's precision. Raises Fault if it cannot do what the phase asks."""
    if phase.checkpoint_activations:
        if not getattr(model, "supports_gradient_checkpointing", False):
            raise Fault("train: this base cannot compute activations a second time: remove checkpoint_activations, "
                        "or lower batch_tokens.")
        model.activation_checkpointing_enable()
    return accelerator.prepare_model(model, evaluation_mode=True)
