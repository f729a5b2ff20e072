"""TRL's side of bench/dpo.py, run by TRL's own interpreter: one DPO run over the pairs of a folder.

    python bench/dpo_trl.py FOLDER live|precomputed

FOLDER holds the base (`base/`), `pairs.json` (prompt, chosen and rejected as messages, in the order of their steps)
and `settings.json`. `live` computes the reference in every step, `precomputed` once before the first: that is part of
the time. The adapter goes to FOLDER/MODE; the last line printed is JSON: seconds by the clock and of computing.
"""

import json
import sys
import time
from pathlib import Path

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer


class Timed(DPOTrainer):
    """Counts the time of the reference pass, which the constructor makes."""

    took: dict[str, float]

    def _precompute_ref_logps(self, *arguments, **named):
        before = time.perf_counter(), time.process_time()
        found = super()._precompute_ref_logps(*arguments, **named)
        self.took = {"clock": time.perf_counter() - before[0], "cpu": time.process_time() - before[1]}
        return found


def trainer(folder: Path, mode: str) -> Timed:
    """A trainer at the fastest settings that this machine takes."""
    settings = json.loads((folder / "settings.json").read_text())
    torch.manual_seed(settings["seed"])
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32), LoraConfig(
        task_type="CAUSAL_LM", r=settings["rank"], lora_alpha=2 * settings["rank"], target_modules="all-linear"))
    config = DPOConfig(
        output_dir=str(folder / "trainer"), num_train_epochs=1, per_device_train_batch_size=settings["batch"],
        learning_rate=settings["rate"], lr_scheduler_type="linear", warmup_steps=0, adam_beta1=0.9, adam_beta2=0.98,
        weight_decay=0.0, max_grad_norm=1.0, optim="adamw_torch_fused", bf16=False, gradient_checkpointing=False,
        beta=settings["beta"], max_length=settings["length"], precompute_ref_log_probs=mode == "precomputed",
        save_strategy="no", report_to=[], disable_tqdm=True, logging_strategy="no",
        use_cpu=not torch.cuda.is_available(), dataloader_pin_memory=False, train_sampling_strategy="sequential")
    return Timed(model, args=config, train_dataset=Dataset.from_list(json.loads((folder / "pairs.json").read_text())),
                 processing_class=AutoTokenizer.from_pretrained(folder / "base"))


def main() -> None:
    """Train once and print what it took."""
    folder, mode = Path(sys.argv[1]), sys.argv[2]
    side = trainer(folder, mode)
    clock, computed = time.perf_counter(), time.process_time()
    side.train()
    took = {"clock": time.perf_counter() - clock, "cpu": time.process_time() - computed}
    before = getattr(side, "took", {"clock": 0.0, "cpu": 0.0})
    side.model.save_pretrained(folder / mode)
    print(json.dumps({**{unit: seconds + before[unit] for unit, seconds in took.items()},
                      "steps": side.state.global_step}))


if __name__ == "__main__":
    main()
