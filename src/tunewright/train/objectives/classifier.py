"""A causal model's body under a head for one number, as transformers' sequence classification has it."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tunewright.core.errors import Fault
from tunewright.engine.own import CONFIG, WEIGHTS

_SCORE = "base_model.model.score.weight"  # as PEFT writes a classifier's head


def over(model: Any, pad_id: int) -> Any:
    """The sequence classification model over the body of `model`, whose head is to be filled.

    Raises Fault if transformers has none for this architecture.
    """
    from transformers import AutoModelForSequenceClassification

    config = type(model.config).from_dict(model.config.to_dict())
    config.num_labels = 1
    config.get_text_config().pad_token_id = pad_id
    try:
        with torch.device("meta"):
            made = AutoModelForSequenceClassification.from_config(config)
    except ValueError as error:
        raise Fault(f"train: transformers has no reward model over {type(model).__name__}, so objective reward cannot "
                    "be used with this base: take another base, or objective dpo.") from error
    setattr(made, made.base_model_prefix, getattr(model, model.base_model_prefix))
    made.score = torch.nn.Linear(config.get_text_config().hidden_size, 1, bias=False, device=model.device)
    return made.eval()


def write(folder: Path, head: Tensor, pad_id: int) -> None:
    """Put the head into `folder`, which holds a whole causal model or an adapter, and make it a classifier's."""
    if (folder / CONFIG).exists():
        _into_adapter(folder, head)
    else:
        _into_whole(folder, head, pad_id)


def _into_adapter(folder: Path, head: Tensor) -> None:
    from safetensors.torch import load_file, save_file

    config = json.loads((folder / CONFIG).read_text()) | {"task_type": "SEQ_CLS", "modules_to_save": ["score"]}
    save_file({**load_file(folder / WEIGHTS), _SCORE: head.contiguous()}, folder / WEIGHTS, {"format": "pt"})
    (folder / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def _into_whole(folder: Path, head: Tensor, pad_id: int) -> None:
    from transformers import AutoModelForCausalLM

    made = over(AutoModelForCausalLM.from_pretrained(folder, local_files_only=True), pad_id)
    with torch.no_grad():
        made.score.weight.copy_(head)
    for file in folder.glob("model*.safetensors*"):
        file.unlink()
    made.save_pretrained(folder)
