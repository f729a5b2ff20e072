"""Alignment end to end: sft → dpo and sft → reward → ppo against sft alone, on replies of `recipes/make_replies.py`.

Held-out notes with phrases of their own. `preference` is the share of held-out pairs whose chosen reply is likelier,
`win` the share of replies, drawn at temperature 1, that are courteous and name the right bike. Differences from sft
are paired by note, with 95 % intervals from a bootstrap over notes. PPO's divergence is measured on its own replies,
in nats an answer, and held against the recipe's target. Last line: JSON.

    python bench/align.py [--notes 120] [--rounds 12] [--only dpo|ppo]
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tunewright import train
from tunewright.base import Base, find, load_model, load_tokenizer
from tunewright.core.examples import Example, make_example, write_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model, Origin
from tunewright.core.run import start
from tunewright.data.formats import preference
from tunewright.engine.chat import Chat
from tunewright.engine.lines import Line, nats
from tunewright.recipe import BaseSpec, PhaseSpec
from tunewright.recipe.objective import PpoSpec
from tunewright.train import objectives
from tunewright.train.objectives.draws import draw

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "recipes"))
from make_replies import COURTEOUS  # noqa: E402

SFT = PhaseSpec(epochs=4)
DPO = PhaseSpec(objective="dpo", epochs=2, learning_rate=1e-3)
REWARD = PhaseSpec(objective="reward", epochs=2, learning_rate=1e-3)
NEW_TOKENS = 32


@dataclass(frozen=True)
class Held:
    """What a model is asked: notes with the reply that is right, and the pairs."""

    chat: Chat
    examples: list[Example]

    def preference(self, model: Any) -> np.ndarray:
        """For each pair, 1 if its chosen reply is likelier."""
        objective = objectives.KINDS["dpo"](self.chat, DPO)
        right = []
        for example in self.examples:
            row = objective.encode(example)
            assert row
            chosen, rejected = nats(model, row.lines, self.chat.pad_id).split([one.scored for one in row.lines])
            right.append(float(chosen.sum() < rejected.sum()))
        return np.array(right)

    def replies(self, model: Any) -> tuple[np.ndarray, list[Line]]:
        """For each note, 1 if the reply drawn is the one that the desk wants; and prompt and reply as lines."""
        prompts = [self.chat.prompt_ids(example.prompt) for example in self.examples]
        said = draw(model, prompts, self.chat, NEW_TOKENS, range(len(prompts)))
        wins = np.array([float(self.chat.decode(ids) == example.answer)
                         for ids, example in zip(said, self.examples, strict=True)])
        return wins, [Line(torch.tensor(prompt + ids), torch.arange(len(prompt) + len(ids)) >= len(prompt))
                      for prompt, ids in zip(prompts, said, strict=True)]


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of a data file of the recipes."""
    return [json.loads(line) for line in (ROOT / "recipes" / "data" / name).read_text("utf-8").splitlines()]


def dataset(home: Home, folder: Path) -> Dataset:
    """Replies and pairs to learn from, one pair in ten held back for validation."""
    talks = [make_example(messages=tuple(row["messages"])) for row in rows("replies.jsonl")]
    likes = [make_example(**preference(row), row=at) for at, row in enumerate(rows("tastes.jsonl"), 1)]
    parts = {"train": [*talks, *likes[32:]], "validation": likes[:32], "test": []}
    folder.mkdir()
    for part, examples in parts.items():
        write_examples(folder / f"{part}.parquet", examples)
    counts = {part: len(examples) for part, examples in parts.items()}
    origin = Origin(path="recipes/data", digest="0" * 64, license="Apache-2.0", basis="contract",
                    rows=sum(counts.values()))
    return Dataset(name="align", spec="0" * 64, origins=(origin,), files=home.store.put_folder(folder), counts=counts)


def loaded(base: Base, model: Model, home: Home, folder: Path) -> Any:
    """The trained model, ready to answer."""
    from tunewright.base import load_adapter

    return load_adapter(load_model(base), home.store.get_folder(model.files, folder))


def gain(after: np.ndarray, before: np.ndarray) -> dict[str, Any]:
    """The paired difference with its 95 % interval."""
    dice, change = np.random.default_rng(0), after - before
    means = change[dice.integers(len(change), size=(10_000, len(change)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {"before": round(float(before.mean()), 3), "after": round(float(after.mean()), 3),
            "gain": [round(float(value), 3) for value in (change.mean(), low, high)], "clear_of_zero": bool(low > 0)}


@torch.no_grad()
def measured(held: Held, sft: Any, tuned: Any) -> dict[str, Any]:
    """Both figures against sft, and how far the replies moved from it."""
    before, _ = held.replies(sft)
    after, lines = held.replies(tuned)
    moved = nats(sft, lines, held.chat.pad_id).sum() - nats(tuned, lines, held.chat.pad_id).sum()
    return {"preference": gain(held.preference(tuned), held.preference(sft)), "win": gain(after, before),
            "kl": round(float(moved) / len(lines), 3)}


def main() -> None:
    """Train sft and both ways on from it, and print what each gains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--only", choices=["dpo", "ppo"])
    asked = parser.parse_args()
    spec = PpoSpec(rounds=asked.rounds, answers=64, new_tokens=NEW_TOKENS, kl_target=3.0, kl_weight=0.1)
    ppo = PhaseSpec(objective="ppo", learning_rate=3e-4, batch=16, ppo=spec)
    ways = {"dpo": (SFT, DPO), "ppo": (SFT, REWARD, ppo)}
    base = find(BaseSpec(name="tiny"), Path())
    found: dict[str, Any] = {"best_reply": COURTEOUS, "kl_target": spec.kl_target}
    with tempfile.TemporaryDirectory() as temporary:
        home = Home(Path(temporary) / "home")
        home.path.mkdir()
        run = start(home, "bench", say=lambda stage, text: print(f"{stage:10}{text}", flush=True))
        data = dataset(home, Path(temporary) / "data")
        examples = [make_example(**preference(row)) for row in rows("tastes_test.jsonl")[:asked.notes]]
        held = Held(Chat(load_tokenizer(base)), examples)
        sft = loaded(base, train.make((SFT,), base, data, "align", run), home, Path(temporary) / "sft")
        for name, phases in ways.items():
            if asked.only in (None, name):
                tuned = train.make(phases, base, data, "align", run)
                found[name] = measured(held, sft, loaded(base, tuned, home, Path(temporary) / name))
                found[name]["trained"] = tuned.metrics
                print(json.dumps({name: found[name]}), flush=True)
    if "ppo" in found:
        found["kl_inside_target"] = found["ppo"]["kl"] <= spec.kl_target
    print(json.dumps(found))


if __name__ == "__main__":
    main()
