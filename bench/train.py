"""Examples a second of our LoRA training against TRL's SFTTrainer, where records share a system prompt.

Same base (a random Llama of `--shape`; `small` has 6 layers of width 256), same records and supervised tokens, LoRA
rank, initial weights, optimizer, schedule, epochs. TRL runs padded, with records of like length in a batch, and packed
(`bfd`); its faster way counts. The sides take turns. `clock` compares seconds, `cpu` seconds of computing, which a busy
machine stretches less; the headline is the smaller of both medians. Both trained adapters are scored by one measure,
and must agree within 1 %. Last line: JSON.

On a GPU both sides compute in bf16, TRL with Liger's kernels where they are installed, and the share of the GPU's peak
is told too; `--keep` writes the result with the machine's name into bench/results/.

    python bench/train.py [--shape small] [--prefixes 16 128 512] [--records 96] [--rounds 3] [--keep]
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from bisect import bisect_left
from pathlib import Path
from typing import Any

import numpy as np
import peer
import torch
from shapes import SHAPES, keep, machine, make_base, utilisation

from tunewright.base import Base, load_adapter, load_model, load_tokenizer
from tunewright.core.examples import Example, make_example
from tunewright.core.home import Home
from tunewright.core.run import start
from tunewright.engine.chat import Chat
from tunewright.engine.lines import nats
from tunewright.engine.tree import common
from tunewright.recipe import PhaseSpec
from tunewright.train import fit, loop
from tunewright.train.checkpoint import Shelf
from tunewright.train.job import Job

PHASE = PhaseSpec(method="lora", rank=8, epochs=2, batch=16, learning_rate=2e-3, warmup=0, checkpoint_every=100_000,
                  batch_tokens=16_384, length=2048)
MODES = ("padded", "bfd")
SUBJECTS = ["card", "transfer", "account", "refund", "exchange rate", "top-up", "pin", "statement", "identity check"]
TROUBLES = ["has not arrived", "was declined", "is still pending", "was charged twice", "is wrong", "does not work",
            "was cancelled", "looks strange"]
WORDS = ("please hello today yesterday again still my new old the at in a shop abroad online since week and so help "
         "what should now do it why")
RULES = ("You name the intent of a bank customer's message in a few words. Be brief. Say what is meant, not what is "
         "asked. Never promise a refund. A card that was lost is blocked first.")


def messages(count: int, words: int) -> list[Example]:
    """What customers write, and its intent, after a system prompt of so many words."""
    rng = random.Random(0)
    rules, said_by_all = RULES.split(), WORDS.split()
    system = " ".join(rules[at % len(rules)] for at in range(words))
    examples = []
    for _ in range(count):
        subject, trouble = rng.choice(SUBJECTS), rng.choice(TROUBLES)
        said = [*rng.choices(said_by_all, k=rng.randint(2, 12)), subject, trouble,
                *rng.choices(said_by_all, k=rng.randint(0, 6))]
        examples.append(make_example(messages=(
            {"role": "system", "content": system}, {"role": "user", "content": " ".join(said)},
            {"role": "assistant", "content": f"{subject}: {trouble}"})))
    return examples


def shared(chat: Chat, words: int) -> int:
    """Tokens that all records begin with, under a system prompt of so many words."""
    first, *others = (np.array(chat.example_ids(one.messages).ids) for one in messages(8, words))
    return min(common(first, ids) for ids in others)


def prepared(base: Base, prefix: int, records: int) -> Job:
    """A job whose records begin with as few tokens in common, from `prefix` on, as whole words allow."""
    chat = Chat(load_tokenizer(base))
    words = range(1, prefix + 1)
    return fit.prepare(PHASE, base, messages(records, words[bisect_left(
        words, prefix, key=lambda count: shared(chat, count))]), [])


def ordered(job: Job) -> list[list[int]]:
    """The records of every step."""
    return [indices for indices, _ in zip(job.batches.since(0), range(job.steps), strict=False)]


def write(job: Job, folder: Path) -> None:
    """What TRL's side reads: rows in the order of our steps, so that its batches have as little padding as ours."""
    lines = [job.rows[at].lines[0] for indices in ordered(job) for at in indices]
    (folder / "rows.json").write_text(json.dumps({
        "input_ids": [line.ids.tolist() for line in lines],
        "labels": [torch.where(line.mask, line.ids, -100).tolist() for line in lines]}))
    step_tokens = max(sum(job.rows[at].tokens for at in indices) for indices in ordered(job))
    (folder / "settings.json").write_text(json.dumps({
        "rank": PHASE.rank, "batch": PHASE.batch, "rate": PHASE.learning_rate, "warmup": PHASE.warmup,
        "seed": PHASE.seed, "step_tokens": step_tokens}))


def ours(job: Job, folder: Path) -> dict[str, float]:
    """Seconds of our loop over all epochs."""
    with tempfile.TemporaryDirectory() as home:
        shelf, run = Shelf(folder / "shelf", {}), start(Home(Path(home)), "bench")
        clock, computed = time.perf_counter(), time.process_time()
        course = loop.train(job, shelf, run)
        took = {"clock": time.perf_counter() - clock, "cpu": time.process_time() - computed, "steps": course.step}
        shelf.clear()
    return took


@torch.no_grad()
def loss(job: Job, model: Any) -> float:
    """Nats a supervised token of all records under `model`."""
    lines = [line for row in job.rows for line in row.lines]
    parts = [nats(model.eval(), lines[at:at + 16], job.objective.chat.pad_id) for at in range(0, len(lines), 16)]
    return float(torch.cat(parts).mean())


def measured(base: Base, folder: Path, prefix: int, records: int, rounds: int) -> dict[str, Any]:
    """Both sides in turn, `rounds` times."""
    ratios = peer.Ratios()
    for _ in range(rounds):
        job = prepared(base, prefix, records)
        write(job, folder)
        mine = ours(job, folder)
        ratios.turn(mine, "train_trl.py", folder, MODES)
    losses = {"ours": loss(job, job.model),
              **{mode: loss(job, load_adapter(load_model(base), folder / mode)) for mode in MODES}}
    tokens = [row.tokens for row in job.rows]
    return {**ratios.told(losses), "prefix": prefix,
            "utilisation": utilisation(job.model, PHASE.epochs * sum(tokens), mine["clock"]),
            "tokens_a_record": round(statistics.mean(tokens), 1), "records": len(tokens),
            "examples_a_second": round(mine["steps"] * PHASE.batch / mine["clock"], 1)}


def main() -> None:
    """Measure every prefix and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="small")
    parser.add_argument("--keep", action="store_true", help="write the result into bench/results/")
    parser.add_argument("--prefixes", type=int, nargs="+", default=[16, 128, 512])
    parser.add_argument("--records", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        base = make_base(Path(folder) / "base", asked.shape)
        for prefix in asked.prefixes:
            found[f"prefix{prefix}"] = measured(base, Path(folder), prefix, asked.records, asked.rounds)
            print(json.dumps(found[f"prefix{prefix}"]), flush=True)
    result = {name: one["ratio"] for name, one in found.items()} | {
        "shape": asked.shape, "machine": machine(), "threads": torch.get_num_threads(), "detail": found}
    if asked.keep:
        keep(f"train-{asked.shape}", result)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
