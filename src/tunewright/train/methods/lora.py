"""LoRA: a low-rank difference beside chosen linear layers; the base stays as it is (Hu et al., 2021).

Options: rsLoRA scales by the root of the rank (Kalajdzievski, 2023), DoRA learns length and direction of the weights
apart (Liu et al., 2024).
"""

from typing import Any

from tunewright.base import quiet_peft
from tunewright.core.errors import Fault
from tunewright.recipe import PhaseSpec
from tunewright.train.methods import lowrank


def attach(model: Any, spec: PhaseSpec) -> Any:
    """`model` wrapped by PEFT, with only the adapter trainable.

    Raises Fault if a target is not in the model, or is narrower than the rank.
    """
    return wrap(model, spec, None)


def wrap(model: Any, spec: PhaseSpec, whole: list[str] | None) -> Any:
    """As `attach`, with the modules named in `whole` trained in full instead."""
    from peft import LoraConfig, get_peft_model

    targets = spec.targets if isinstance(spec.targets, str) else list(spec.targets)
    config = LoraConfig(task_type="CAUSAL_LM", r=spec.rank, lora_alpha=spec.alpha or 2 * spec.rank,
                        lora_dropout=spec.dropout, target_modules=targets, use_rslora=spec.rslora, use_dora=spec.dora,
                        modules_to_save=whole)
    try:
        with quiet_peft():
            wrapped = get_peft_model(model, config)
    except ValueError as error:
        linear = sorted({name.rsplit(".", 1)[-1] for name, part in model.named_modules()
                         if type(part).__name__ in ("Linear", "Linear4bit", "Conv1D") and "." in name})
        raise Fault(f"train: targets {spec.targets!r} are not all in this base, whose linear layers are "
                    f"{', '.join(linear)}: name some of these, or `all-linear`.") from error
    _refuse_rank(wrapped, spec.rank)
    for weight in wrapped.parameters():
        if weight.requires_grad:
            weight.data = weight.data.float()  # small steps vanish in 16 bits
    if not spec.dropout and not spec.dora:
        lowrank.quicken(wrapped)
    return wrapped


def _refuse_rank(wrapped: Any, rank: int) -> None:
    """A difference of rank above the layer's width is no low-rank difference: it only costs more than the layer."""
    from peft.tuners.lora import LoraLayer

    for name, layer in wrapped.named_modules():
        if isinstance(layer, LoraLayer) and rank > (width := min(layer.in_features, layer.out_features)):
            raise Fault(f"train: rank {rank} is above the width of {name.rsplit('.', 1)[-1]}, which is {width}: "
                        "lower rank, or leave that layer out of targets.")
