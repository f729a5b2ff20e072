"""Tokens a second of our LoRA training against a plain transformers `Trainer` with PEFT, in one process.

Both sides start from `tiny` and see the same records with the same labels, rank, batch and learning rate. They take
turns, so that what else the machine does meets both; `cpu_ratio` compares seconds of computing, which a busy machine
stretches less than it stretches the clock. Training tokens are counted without padding. The Trainer runs
as its users run it: dynamic padding, logits at every position. Last line: JSON.

    python bench/train_speed.py [--records 320] [--rounds 3]
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments

from tunewright.base import Base, find, load_model, quiet_peft
from tunewright.core.examples import Example, make_example
from tunewright.core.home import Home
from tunewright.core.run import start
from tunewright.recipe import BaseSpec, PhaseSpec
from tunewright.train import fit, loop
from tunewright.train.checkpoint import Shelf
from tunewright.train.objectives import Row

PHASE = PhaseSpec(method="lora", rank=16, epochs=1, batch=16, learning_rate=3e-3)
NAMES = ["Ann Lee", "Raj Patel", "Mia Gomez", "Tom Novak", "Zoe Okafor", "Lars Berg"]
WORDS = ["the", "order", "arrived", "late", "and", "one", "part", "of", "it", "was", "broken", "so", "please",
         "tell", "me", "when", "a", "new", "one", "will", "be", "sent"]


def tickets(count: int) -> list[Example]:
    """Messages of a support desk and the form they fill in; some 40 to 120 words each."""
    rng = random.Random(0)
    examples = []
    for _ in range(count):
        name, order, amount = rng.choice(NAMES), rng.randint(10_000, 99_999), rng.randint(5, 300)
        text = " ".join(rng.choices(WORDS, k=rng.randint(10, 60)))
        answer = json.dumps({"issue": rng.choice(["late", "broken", "refund"]), "name": name, "order": order,
                             "amount": amount})
        examples.append(make_example(messages=(
            {"role": "system", "content": "Fill in the desk's form as JSON: issue, name, order, amount."},
            {"role": "user", "content": f"{name} here, order {order}: {text}. I paid {amount} euros."},
            {"role": "assistant", "content": answer})))
    return examples


def timed(train: Callable[[], Any]) -> tuple[float, float]:
    """Seconds that `train` takes: by the clock, and of computing."""
    clock, cpu = time.perf_counter(), time.process_time()
    train()
    return time.perf_counter() - clock, time.process_time() - cpu


def ours(base: Base, examples: list[Example], folder: Path) -> tuple[float, float]:
    """Seconds of our loop for one epoch, with neither validation nor loading in it."""
    job = fit.prepare(PHASE.model_copy(update={"checkpoint_every": 10_000}), base, examples, [])
    folder.mkdir()
    return timed(lambda: loop.train(job, Shelf(folder / "shelf", {}), start(Home(folder), "bench")))


def theirs(base: Base, rows: list[Row], pad: int, folder: Path) -> tuple[float, float]:
    """Seconds of `Trainer.train` for one epoch over the same tokens and labels."""
    from peft import LoraConfig, get_peft_model

    class Padded(DataCollatorForSeq2Seq):
        """Pads ids, labels and mask to the longest of the batch; needs no tokenizer for that."""

        def __call__(self, features: list[dict[str, Any]], return_tensors: str | None = None) -> dict[str, Any]:  # noqa: ARG002
            def fill(name: str, value: int) -> torch.Tensor:
                return torch.nn.utils.rnn.pad_sequence([one[name] for one in features], True, value)

            return {"input_ids": fill("input_ids", pad), "labels": fill("labels", -100),
                    "attention_mask": fill("attention_mask", 0)}

    with quiet_peft():
        model = get_peft_model(load_model(base), LoraConfig(
            task_type="CAUSAL_LM", r=16, lora_alpha=32, target_modules="all-linear"))
    data = [{"input_ids": line.ids, "labels": torch.where(line.mask, line.ids, -100),
             "attention_mask": torch.ones_like(line.ids)} for row in rows for line in row.lines]
    settings = TrainingArguments(
        str(folder), per_device_train_batch_size=16, num_train_epochs=1, learning_rate=3e-3, warmup_steps=0.06,
        max_grad_norm=1.0, save_strategy="no", report_to=[], disable_tqdm=True, logging_steps=10_000,
        remove_unused_columns=False, dataloader_pin_memory=False)
    trainer = Trainer(model, settings, data_collator=Padded(None), train_dataset=data)
    return timed(trainer.train)


def main() -> None:
    """Run both sides in turn and print the ratio of their tokens a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=320)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    base = find(BaseSpec(name="tiny"), Path())
    examples = tickets(asked.records)
    job = fit.prepare(PHASE, base, examples, [])
    tokens = sum(row.tokens for row in job.rows)
    mine, other = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.rounds):
            mine.append(ours(base, examples, Path(folder) / f"{number}"))
            other.append(theirs(base, job.rows, job.objective.chat.pad_id, Path(folder) / "trainer"))
            print(f"round {number + 1}: ours {tokens / mine[-1][0]:,.0f} tokens/s · "
                  f"Trainer {tokens / other[-1][0]:,.0f} tokens/s", flush=True)
    clock, cpu = ([two[at] / one[at] for one, two in zip(mine, other, strict=True)] for at in (0, 1))
    print(json.dumps({"tokens": tokens, "threads": torch.get_num_threads(),
                      "ours_tokens_per_s": round(tokens / statistics.median(wall for wall, _ in mine)),
                      "trainer_tokens_per_s": round(tokens / statistics.median(wall for wall, _ in other)),
                      "ours_tokens_per_cpu_s": round(tokens / statistics.median(cpu for _, cpu in mine)),
                      "ratio": round(statistics.median(clock), 2), "ratios": [round(one, 2) for one in clock],
                      "cpu_ratio": round(statistics.median(cpu), 2), "cpu_ratios": [round(one, 2) for one in cpu]}))


if __name__ == "__main__":
    main()
