"""A folder with a small base, sample data and a recipe that is run in seconds."""

import csv
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "train"))
from spell import write_base

RECIPE = """\
name: {name}
purpose: Say whether a word is long.
base: {{name: base, weights: random}}
data:
  sources:
    - {{path: words.csv, format: {{prompt: word, response: size}}, license: CC0-1.0, basis: contract}}
  split: {{test: 0.3, validation: 0.1}}
train:
  - {{method: lora, rank: {rank}, steps: 4, batch: 8, validate_every: 2}}
evaluate:
  suites: [task]
  arms: [base, tuned]
  scorers: [exact, loss]
  new_tokens: 4
  resamples: 100
gate:
  - {{metric: {metric}, {bound}}}
"""
PASSES = ("task/loss", "at_most: 100")
FAILS = ("task/exact", "at_least: 0.99")


def write_recipe(folder: Path, gate: tuple[str, str] = PASSES, *, name: str = "desk", rank: int = 2,
                 file: str = "desk.yaml") -> Path:
    """A recipe whose verdict is known."""
    path = folder / file
    path.write_text(RECIPE.format(name=name, rank=rank, metric=gate[0], bound=gate[1]))
    return path


def write_kitchen(folder: Path, rows: int = 60) -> Path:
    """Base, data and the passing recipe; returns the recipe's path."""
    write_base(folder / "base")
    with (folder / "words.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["word", "size"])
        writer.writerows((f"w{number}" + "x" * (number % 7), "long" if number % 7 > 3 else "short")
                         for number in range(rows))
    return write_recipe(folder)
