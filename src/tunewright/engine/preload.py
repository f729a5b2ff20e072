"""Import what an engine needs before processes are forked that run it: each has it at once, and in shared memory."""

import os
from importlib import import_module


def preload(kind: str) -> None:
    """Import the libraries of engine `kind`, unless that would open a GPU, which no fork could use then.

    PyTorch looks for one without opening it where PYTORCH_NVML_BASED_CUDA_CHECK is set (its notes on CUDA, "Device
    checks"); what is imported after it does not.
    """
    if kind != "hf":
        return
    os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"
    import torch

    if not torch.cuda.is_available():
        import_module("tunewright.engine.hf")
