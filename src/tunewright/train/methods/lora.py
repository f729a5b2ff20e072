"""LoRA: a low-rank difference beside chosen linear layers; the base stays as it is (Hu et al., 2021)."""

from typing import Any

from tunewright.base import quiet_peft
from tunewright.core.errors import Fault
from tunewright.recipe import PhaseSpec
from tunewright.train.methods import lowrank


def attach(model: Any, spec: PhaseSpec) -> Any:
    """`model` wrapped by PEFT, with only the adapter trainable. Raises Fault if a target is not in the model."""
    from peft import LoraConfig, get_peft_model

    targets = spec.targets if isinstance(spec.targets, str) else list(spec.targets)
    config = LoraConfig(task_type="CAUSAL_LM", r=spec.rank, lora_alpha=spec.alpha or 2 * spec.rank,
                        lora_dropout=spec.dropout, target_modules=targets)
    try:
        with quiet_peft():
            wrapped = get_peft_model(model, config)
    except ValueError as error:
        linear = sorted({name.rsplit(".", 1)[-1] for name, part in model.named_modules()
                         if type(part).__name__ in ("Linear", "Conv1D") and "." in name})
        raise Fault(f"train: targets {spec.targets!r} are not all in this base, whose linear layers are "
                    f"{', '.join(linear)}: name some of these, or `all-linear`.") from error
    if not spec.dropout:
        lowrank.quicken(wrapped)
    return wrapped
