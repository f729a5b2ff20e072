"""One model over several processes: each keeps its part of every weight and gathers a layer while it computes (FSDP2).

Weights, gradients and moments are then `DTensor`s. A forward or backward pass is the work of all processes together, so
all must make the same number of them: `together.abreast` sees to that.
"""

from typing import Any

import torch
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor


def shard(model: Any, device: torch.device, processes: int) -> None:
    """Cut every weight of `model` among the processes: layer by layer, then what is in no layer.

    Gradients are summed over processes, not averaged: the loop divides the loss by the whole step's weight.
    """
    mesh = init_device_mesh(device.type, (processes,))
    layers = max((part for part in model.modules() if isinstance(part, torch.nn.ModuleList)), key=len)
    for part in (*layers, model):
        fully_shard(part, mesh=mesh)
        part.set_gradient_divide_factor(1.0)
        part.set_force_sum_reduction_for_comms(True)  # gloo knows no other


def sharded(model: Any) -> bool:
    """Whether `model` was cut."""
    return isinstance(model, FSDPModule)


def rest(model: Any) -> None:
    """Let go of what is gathered outside the layers: a pass that is not gone back through leaves it gathered."""
    if sharded(model):
        model.reshard()


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor of which each process has a part; every process must ask."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def part(tensor: Tensor, like: Tensor) -> Tensor:
    """This process's part of a whole tensor, cut as `like` is; the tensor itself if that is not cut."""
    if isinstance(like, DTensor) and tensor.shape == like.shape:
        return distribute_tensor(tensor.to(like.device), like.device_mesh, like.placements)
    return tensor


def own(weight: Tensor) -> Tensor:
    """What this process holds of a weight."""
    return weight.to_local() if isinstance(weight, DTensor) else weight
