"""Pairs a second of our DPO against TRL's DPOTrainer, reference pass included.

Same base (a random Llama of `--shape`; `small` has 6 layers of width 256), pairs, LoRA rank, initial scale, optimizer,
schedule, one epoch. TRL computes its reference in every step or once before (its faster way counts), on pairs in the
order of our steps. The sides take turns. `clock` compares seconds, `cpu` seconds of computing, which a busy machine
stretches less; the headline is the smaller of both. `hh` are pairs of hh-rlhf (TUNEWRIGHT_REAL_DATA, else
../shared/data), `long` are prompts of 512 tokens with answers of 64. Both trained adapters are scored by one measure:
the mean loss over all pairs. Last line: JSON.

    python bench/dpo.py [--shape small] [--sets hh long] [--pairs 64] [--rounds 3] [--keep]
"""

import argparse
import gzip
import json
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import peer
import torch
from shapes import SHAPES, keep, machine, make_base, utilisation

from tunewright.base import Base, load_adapter, load_model, load_tokenizer
from tunewright.core.examples import Example, make_example
from tunewright.core.home import Home
from tunewright.core.run import start
from tunewright.data.formats import preference
from tunewright.engine.chat import Chat
from tunewright.recipe import PhaseSpec
from tunewright.train import fit, loop
from tunewright.train.checkpoint import Shelf
from tunewright.train.job import Job
from tunewright.train.objectives import make_anew

PHASE = PhaseSpec(objective="dpo", method="lora", rank=8, epochs=1, batch=8, learning_rate=5e-4, warmup=0,
                  checkpoint_every=100_000, batch_tokens=16_384, length=1024)
MODES = ("live", "precomputed")
ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("TUNEWRIGHT_REAL_DATA", ROOT.parent / "shared" / "data"))
WORDS = ["the", "order", "arrived", "late", "and", "one", "part", "of", "it", "was", "broken", "so", "please", "tell",
         "me", "when", "a", "new", "one", "will", "be", "sent"]


def turns(text: str) -> list[dict[str, str]]:
    """A dialogue of hh-rlhf as messages."""
    found = []
    for piece in text.split("\n\nHuman: ")[1:]:
        asked, *answered = piece.split("\n\nAssistant:")
        found.append({"role": "user", "content": asked.strip()})
        found += [{"role": "assistant", "content": said.strip()} for said in answered]
    return found


def real(count: int) -> list[Example]:
    """The first pairs of hh-rlhf that end with two different answers to one prompt and fit the length."""
    path = DATA / "hh-rlhf" / "harmless-base-test.jsonl.gz"
    if not path.exists():
        raise SystemExit(f"{path} is not here: set TUNEWRIGHT_REAL_DATA, or measure `--sets long`.")
    found: list[Example] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = {name: turns(text) for name, text in json.loads(line).items()}
            if all(one and one[-1]["role"] == "assistant" and one[-1]["content"] for one in row.values()) \
                    and row["chosen"][:-1] == row["rejected"][:-1] and row["chosen"] != row["rejected"] \
                    and len(line) < 2 * 3 * PHASE.length:
                found.append(make_example(**preference(row)))
            if len(found) == count:
                break
    return found


def made(base: Base, count: int) -> list[Example]:
    """Prompts of 512 tokens with two answers of 64 each, up to a token or two."""
    chat, rng = Chat(load_tokenizer(base)), random.Random(0)

    def text(tokens: int) -> str:
        words: list[str] = []
        while len(chat.tokenizer(" ".join(words))["input_ids"]) < tokens:
            words.append(rng.choice(WORDS))
        return " ".join(words)

    return [make_example(prompt=({"role": "user", "content": text(510)},),
                         chosen=({"role": "assistant", "content": text(63)},),
                         rejected=({"role": "assistant", "content": text(63)},)) for _ in range(count)]


def write(job: Job, examples: list[Example], folder: Path) -> None:
    """What TRL's side reads: pairs in the order of our steps, so that its batches have as little padding as ours."""
    order = [at for indices, _ in zip(job.batches.since(0), range(job.steps), strict=False) for at in indices]
    named = {example.row: example for example in examples}
    rows = [named[job.rows[at].place[1]] for at in order]
    (folder / "pairs.json").write_text(json.dumps([
        {"prompt": row.prompt, "chosen": row.chosen, "rejected": row.rejected} for row in rows]))
    (folder / "settings.json").write_text(json.dumps({
        "rank": PHASE.rank, "batch": PHASE.batch, "rate": PHASE.learning_rate, "seed": PHASE.seed, "beta": PHASE.beta,
        "length": PHASE.length}))


def ours(base: Base, examples: list[Example], folder: Path) -> tuple[Job, dict[str, float]]:
    """The trained job, and the seconds of its reference pass and of all steps."""
    job = fit.prepare(PHASE, base, examples, [])
    with tempfile.TemporaryDirectory() as home:
        shelf, run = Shelf(folder / "shelf", {}), start(Home(Path(home)), "bench")
        clock, computed = time.perf_counter(), time.process_time()
        job.objective.ready(job, make_anew, None)
        course = loop.train(job, shelf, run)
        took = {"clock": time.perf_counter() - clock, "cpu": time.process_time() - computed, "steps": course.step}
        shelf.clear()
    return job, took


@torch.no_grad()
def loss(job: Job, model: Any) -> float:
    """Mean loss over all pairs under `model`."""
    parts = [job.objective.loss(model.eval(), job.rows[at:at + 8])[0] for at in range(0, len(job.rows), 8)]
    return float(sum(parts)) / len(job.rows)


def measured(base: Base, examples: list[Example], folder: Path, rounds: int) -> dict[str, Any]:
    """Both sides in turn, `rounds` times."""
    ratios = peer.Ratios()
    for _ in range(rounds):
        job, mine = ours(base, examples, folder)
        write(job, examples, folder)
        ratios.turn(mine, "dpo_trl.py", folder, MODES)
    losses = {"ours": loss(job, job.model),
              **{mode: loss(job, load_adapter(load_model(base), folder / mode)) for mode in MODES}}
    return {**ratios.told(losses),
            "utilisation": utilisation(job.model, sum(row.tokens for row in job.rows), mine["clock"]),
            "tokens_a_pair": round(statistics.mean(row.tokens for row in job.rows), 1), "pairs": len(job.rows),
            "pairs_a_second": round(len(job.rows) / mine["clock"], 2)}


def main() -> None:
    """Measure each set and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="small")
    parser.add_argument("--keep", action="store_true", help="write the result into bench/results/")
    parser.add_argument("--sets", nargs="+", choices=["hh", "long"], default=["hh", "long"])
    parser.add_argument("--pairs", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        base = make_base(Path(folder) / "base", asked.shape)
        for name in asked.sets:
            drawn = real(asked.pairs) if name == "hh" else made(base, asked.pairs)
            examples = [make_example(prompt=one.prompt, chosen=one.chosen, rejected=one.rejected, row=at)
                        for at, one in enumerate(drawn, 1)]
            found[name] = measured(base, examples, Path(folder), asked.rounds)
            print(json.dumps({name: found[name]}), flush=True)
    result = {name: one["ratio"] for name, one in found.items()} | {
        "shape": asked.shape, "machine": machine(), "threads": torch.get_num_threads(), "detail": found}
    if asked.keep:
        keep(f"dpo-{asked.shape}", result)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
