"""What both of TRL's scripts share; run by TRL's own interpreter: the model they train, and how a run is timed."""

import json
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

CUDA = torch.cuda.is_available()
# The fastest that this machine takes: no checkpointed activations, no logging in between; bf16 and Liger's kernels on a
# GPU, where both sides compute in bf16.
FASTEST: dict[str, Any] = {
    "num_train_epochs": 1, "lr_scheduler_type": "linear", "adam_beta1": 0.9, "adam_beta2": 0.98, "weight_decay": 0.0,
    "max_grad_norm": 1.0, "optim": "adamw_torch_fused", "bf16": CUDA, "gradient_checkpointing": False,
    "save_strategy": "no", "report_to": [], "disable_tqdm": True, "logging_strategy": "no",
    "use_liger_kernel": CUDA and find_spec("liger_kernel") is not None, "use_cpu": not CUDA,
    "dataloader_pin_memory": False,
    "train_sampling_strategy": "sequential"}


def settings_of(folder: Path) -> dict[str, Any]:
    """What our side wrote down."""
    found: dict[str, Any] = json.loads((folder / "settings.json").read_text())
    return found


def adapted(folder: Path) -> Any:
    """The base in `folder` with a fresh LoRA."""
    settings = settings_of(folder)
    torch.manual_seed(settings["seed"])
    kind = torch.bfloat16 if CUDA else torch.float32
    return get_peft_model(AutoModelForCausalLM.from_pretrained(folder / "base", dtype=kind), LoraConfig(
        task_type="CAUSAL_LM", r=settings["rank"], lora_alpha=2 * settings["rank"], target_modules="all-linear"))


def measure(side: Any, into: Path, before: dict[str, float] | None = None) -> None:
    """Train once, keep the adapter, and print what it took, with what it took `before`."""
    clock, computed = time.perf_counter(), time.process_time()
    side.train()
    took = {"clock": time.perf_counter() - clock, "cpu": time.process_time() - computed}
    side.model.save_pretrained(into)
    print(json.dumps({**{unit: seconds + (before or {}).get(unit, 0.0) for unit, seconds in took.items()},
                      "steps": side.state.global_step}))
