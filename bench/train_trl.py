"""TRL's side of bench/train.py, run by TRL's own interpreter: one training run over the rows of a folder.

    python bench/train_trl.py FOLDER padded|bfd

FOLDER holds the base (`base/`), `rows.json` (records in the order of their steps: token ids, labels) and
`settings.json`. The adapter goes to FOLDER/MODE; the last line printed is JSON: seconds by the clock and of computing.
"""

import json
import sys
import time
from pathlib import Path

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer


def trainer(folder: Path, mode: str) -> SFTTrainer:
    """A trainer at the fastest settings that this machine takes: no checkpointed activations, no bf16, no padding to
    multiples, records of like length in one batch (they come so ordered), no logging in between."""
    settings = json.loads((folder / "settings.json").read_text())
    torch.manual_seed(settings["seed"])
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32), LoraConfig(
        task_type="CAUSAL_LM", r=settings["rank"], lora_alpha=2 * settings["rank"], target_modules="all-linear"))
    rows = json.loads((folder / "rows.json").read_text())
    # Attention over one pack of a whole long step costs more than the packing saves, so that is cut into four.
    pieces = 1 if settings["step_tokens"] <= 4096 else 4
    packed = {"packing": True, "packing_strategy": "bfd", "per_device_train_batch_size": 1,
              "gradient_accumulation_steps": pieces, "max_length": round(1.02 * settings["step_tokens"] / pieces)}
    padded = {"per_device_train_batch_size": settings["batch"], "max_length": None}
    config = SFTConfig(
        output_dir=str(folder / "trainer"), num_train_epochs=1, learning_rate=settings["rate"],
        lr_scheduler_type="linear", warmup_steps=settings["warmup"], adam_beta1=0.9, adam_beta2=0.98, weight_decay=0.0,
        max_grad_norm=1.0, optim="adamw_torch_fused", bf16=False, gradient_checkpointing=False, save_strategy="no",
        report_to=[], disable_tqdm=True, logging_strategy="no", use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=False, train_sampling_strategy="sequential", **(packed if mode == "bfd" else padded))
    return SFTTrainer(model, config, train_dataset=Dataset.from_dict(rows),
                      processing_class=AutoTokenizer.from_pretrained(folder / "base"))


def main() -> None:
    """Train once and print what it took."""
    folder, mode = Path(sys.argv[1]), sys.argv[2]
    side = trainer(folder, mode)
    clock, computed = time.perf_counter(), time.process_time()
    side.train()
    took = {"clock": time.perf_counter() - clock, "cpu": time.process_time() - computed}
    side.model.save_pretrained(folder / mode)
    print(json.dumps({**took, "steps": side.state.global_step}))


if __name__ == "__main__":
    main()
