"""Whether a training run that is killed again and again ends in the very bytes of one that never was.

A child trains LoRA (with dropout, noise and validation, so that all state counts) on a small base, and is killed with
SIGKILL: every other time at a random moment, else the moment a checkpoint's folder is there without its manifest,
which is inside the write. Between some kills a kept checkpoint loses its end, as a broken disk would have it. Then the
run is taken up a last time, and its files are compared with those of an uninterrupted run. Last line: JSON.

    python bench/resume.py [--kills 20]
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tunewright import train
from tunewright.base import Base, find
from tunewright.core.examples import make_example, write_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model, Origin
from tunewright.core.run import start
from tunewright.recipe import BaseSpec, PhaseSpec

PHASE = PhaseSpec(method="lora", rank=4, dropout=0.1, neftune=2, epochs=1000, batch=8, validate_every=5,
                  checkpoint_every=2)
PATIENCE = 60  # seconds within which a child must have written its first checkpoint


def small_base(folder: Path) -> Base:
    """Two layers of tiny's shape and tokenizer, with random weights: steps take a hundredth of a second."""
    tiny = find(BaseSpec(name="tiny"), Path()).path
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        if (tiny / name).exists():
            (folder / name).write_bytes((tiny / name).read_bytes())
    config = json.loads((tiny / "config.json").read_text())
    config |= {"num_hidden_layers": 2, "hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2,
               "num_key_value_heads": 1, "head_dim": 16}
    (folder / "config.json").write_text(json.dumps(config))
    return find(BaseSpec(name=str(folder), weights="random"), folder)


def words(home: Home, folder: Path) -> Dataset:
    """Words to spell backwards."""
    rng = random.Random(0)
    folder.mkdir()
    for part, count in {"train": 48, "validation": 8, "test": 0}.items():
        spelled = ["".join(rng.choices("abcdef", k=rng.randint(2, 9))) for _ in range(count)]
        write_examples(folder / f"{part}.parquet", [make_example(row=row, messages=(
            {"role": "user", "content": word}, {"role": "assistant", "content": word[::-1]}))
            for row, word in enumerate(spelled, 1)])
    origin = Origin(path="words.csv", digest="0" * 64, license="CC0-1.0", basis="contract", rows=56)
    return Dataset(name="spell", spec="0" * 64, origins=(origin,), files=home.store.put_folder(folder),
                   counts={"train": 48, "validation": 8, "test": 0})


def trained(path: Path, base: Base, dataset: Dataset, phase: PhaseSpec) -> Model:
    """What the stage makes; goes on where a killed one stopped."""
    return train.make((phase,), base, dataset, "spell", start(Home(path), "bench"))


def torn(shelves: Path) -> list[Path]:
    """Checkpoint folders whose write has begun and not ended."""
    return [folder for folder in shelves.glob("*/0*") if not (folder / "manifest.json").exists()]


def steps(shelves: Path) -> int:
    """The step of the last whole checkpoint."""
    return max((int(path.parent.name) for path in shelves.glob("*/0*/manifest.json")), default=0)


def kill(process: Any, shelves: Path, rng: random.Random, inside: bool) -> bool:
    """Kill the child, `inside` a write or at a random moment; whether a write was cut in two. Exits if it cannot."""
    known, begun, before = set(torn(shelves)), time.monotonic(), steps(shelves)
    while steps(shelves) == before and process.is_alive() and time.monotonic() - begun < PATIENCE:
        time.sleep(0.002)
    wait = time.monotonic() + rng.uniform(0, 2)
    while process.is_alive() and time.monotonic() < wait:
        time.sleep(0.001)
    while process.is_alive() and inside and not set(torn(shelves)) - known:
        pass
    if not process.is_alive():
        sys.exit("the child ended before it was killed: give the run more steps")
    process.kill()
    process.join()
    return bool(torn(shelves))


def shorten(shelves: Path, rng: random.Random) -> None:
    """Cut the end off a file of the last whole checkpoint."""
    last = max(path.parent for path in shelves.glob("*/0*/manifest.json"))
    broken = rng.choice(sorted(last.iterdir()))
    broken.write_bytes(broken.read_bytes()[:-7])


def main() -> None:
    """Kill, take up, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    asked = parser.parse_args()
    rng, phase = random.Random(asked.seed), PHASE.model_copy(update={"steps": asked.steps})
    context = multiprocessing.get_context("forkserver")  # children begin with torch there: a kill meets training
    context.set_forkserver_preload(["tunewright.train.fit", "peft", "accelerate", "transformers.models.llama"])
    with tempfile.TemporaryDirectory() as folder:
        killed, whole = Path(folder) / "killed", Path(folder) / "whole"
        killed.mkdir()
        whole.mkdir()
        base = small_base(Path(folder) / "base")
        datasets = [words(Home(path), path / "words") for path in (killed, whole)]
        shelves, cut, shortened = killed / "checkpoints", 0, 0
        for number in range(asked.kills):
            process = context.Process(target=trained, args=(killed, base, datasets[0], phase))
            process.start()
            inside = kill(process, shelves, rng, inside=number % 2 == 1)
            cut += inside
            print(f"kill {number + 1:2} · after step {steps(shelves):4}{' · inside a write' * inside}", flush=True)
            if number % 5 == 4:
                shorten(shelves, rng)
                shortened += 1
        found, expected = trained(killed, base, datasets[0], phase), trained(whole, base, datasets[1], phase)
        equal = Home(killed).store.folder(found.files) == Home(whole).store.folder(expected.files)
    print(json.dumps({"kills": asked.kills, "bitwise_equal": equal and found == expected, "inside_a_write": cut,
                      "shortened": shortened, "steps": asked.steps, "seed": asked.seed}))


if __name__ == "__main__":
    main()
