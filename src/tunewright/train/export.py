"""What training leaves: a folder that others load as it is. An adapter in PEFT's layout, or a whole model."""

import json
from pathlib import Path

import torch
from peft import PeftModel

from tunewright.base import Base
from tunewright.base.load import DTYPES
from tunewright.core.digest import short
from tunewright.core.records import Dataset
from tunewright.engine import own, prefix
from tunewright.recipe.method import SETTINGS, MethodSpec
from tunewright.train.checkpoint import Course
from tunewright.train.job import Job

_LIBRARIES = {"full": "transformers", "adapter": "tunewright", "bitfit": "tunewright"}  # who loads it; else PEFT


def write(folder: Path, job: Job, base: Base, dataset: Dataset, name: str, course: Course) -> None:
    """Write the trained model and its card into `folder`: equal runs write equal bytes."""
    model = job.accelerator.unwrap_model(job.model)
    settings = getattr(model, "tunewright_method", None)
    if hasattr(model, prefix.NAME):
        prefix.write(model, folder)
    elif isinstance(model, PeftModel):
        # The embeddings never change; leaving the choice to PEFT would make it ask the hub.
        model.save_pretrained(folder, save_embedding_layers=False)
        if settings:
            own.write_settings(settings, folder)
    elif settings:
        own.write(model, settings, folder)
    else:
        if job.accelerator.mixed_precision != "no":  # kept as it was computed with, at half the size
            model.to(getattr(torch, DTYPES[job.accelerator.mixed_precision]))
        model.save_pretrained(folder)
        job.objective.chat.tokenizer.save_pretrained(folder)
    _name_base(folder / own.CONFIG, base)
    (folder / "README.md").write_text(_card(job, base, dataset, name, course), "utf-8")


def _name_base(path: Path, base: Base) -> None:
    """Let an adapter in PEFT's layout say whose adapter it is: the base as the recipe names it, no path of ours."""
    if path.is_file():
        config = json.loads(path.read_text())
        config |= {"base_model_name_or_path": base.name, "revision": base.spec.revision}
        if isinstance(config.get("target_modules"), list):
            config["target_modules"].sort()  # a set to PEFT, which another process would write in another order
        path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def _card(job: Job, base: Base, dataset: Dataset, name: str, course: Course) -> str:
    phase = job.phase
    trainable = sum(weight.numel() for weight in job.weights.values())
    origins = "\n".join(f"- `{origin.path}`: {origin.rows:,} records, licence {origin.license}, basis {origin.basis}"
                        for origin in dataset.origins)
    library = "peft" if phase.added else _LIBRARIES.get(phase.method, "peft")
    foreign = set(MethodSpec.model_fields) - {"method", *SETTINGS[phase.method]}
    settings = "\n".join(f"| {key} | {value} |" for key, value in phase.model_dump(mode="json").items()
                         if value is not None and key not in foreign)
    front = f"---\nlibrary_name: {library}\nbase_model: {base.name}\ntags: [tunewright, {phase.method}]\n---\n"
    validation = (f"- validation loss: {course.best:.4f} nats a token, at step {course.best_step} (these weights)\n"
                  if course.best is not None else "")
    return f"""{front}
# {name}

{phase.objective} with method {phase.method} on `{base.name}` (licence of the base: {base.license or "not declared"}).

- base: `{base.digest}`
- dataset: `{dataset.digest}` ({dataset.counts.get("train", 0):,} training records)
- trained: {trainable:,} weights, {course.step:,} steps, {course.tokens:,} tokens
- last training loss: {course.rows[-1]["loss"]:.4f} nats a supervised token
{validation}
## Where its data came from

{origins}

## Settings

| setting | value |
|---|---|
{settings}
| peak learning rate | {job.rate:g} |

Made by Tunewright. `tunewright explain {short(dataset.digest)}` walks back to the sources.
"""
