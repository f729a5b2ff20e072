"""One training run from examples to a folder of safetensors in the store."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from tunewright.base import Base, load_model, load_tokenizer
from tunewright.core.digest import digest_json, short
from tunewright.core.errors import Fault
from tunewright.core.examples import Example, read_examples
from tunewright.core.records import Dataset, Model
from tunewright.core.run import Run
from tunewright.engine.chat import Chat
from tunewright.recipe import PhaseSpec
from tunewright.train import export, loop, methods, objectives, rates
from tunewright.train.checkpoint import Course, Shelf
from tunewright.train.job import Job
from tunewright.train.objectives import Row
from tunewright.train.plan import plan


def fit(phase: PhaseSpec, base: Base, dataset: Dataset, name: str, run: Run, shelf: Shelf) -> Model:
    """Train, keep the model's folder in the store, and return its record."""
    job = prepare(phase, base, read_examples(run.home.store, dataset, "train"),
                  read_examples(run.home.store, dataset, "validation"))
    job = replace(job, sources=tuple(origin.path for origin in dataset.origins))
    run.say("plan", str(plan(job)))
    _tell_lost(job, dataset, run)
    try:
        course = loop.train(job, shelf, run)
    except torch.cuda.OutOfMemoryError as error:
        raise Fault(f"train: {phase.batch_tokens} tokens at once do not fit this GPU: lower batch_tokens "
                    "(the result stays the same) or length.") from error
    with tempfile.TemporaryDirectory() as folder:
        export.write(Path(folder), job, base, dataset, name, course)
        files = run.home.store.put_folder(Path(folder))
    weights = job.weights.values()
    model = Model(
        name=name, spec=digest_json([phase.model_dump(mode="json")]), base=base.digest, base_name=base.name,
        dataset=dataset.digest, method=phase.method, adapter=phase.method in methods.ADAPTERS, files=files,
        trainable=sum(weight.numel() for weight in weights),
        parameters=sum(weight.numel() for weight in job.model.parameters()), metrics=_metrics(course))
    run.say("train", f"{summary(course, job.steps)} → model {short(model.digest)}")
    return model


def prepare(phase: PhaseSpec, base: Base, training: Sequence[Example], validation: Sequence[Example]) -> Job:
    """The base with the method attached, and the examples as tokens. Raises Fault if nothing can be learned."""
    accelerator = _accelerator(phase)
    tokenizer = load_tokenizer(base)
    objective = objectives.KINDS[phase.objective](Chat(tokenizer), phase)
    rows = _rows(objective, training)
    if not rows:
        raise Fault(f"train: not one of {len(training)} records has a supervised token within {phase.length} tokens: "
                    "raise length, or add answers.")
    # An adapter's base is only read, so it may be small; weights that move need fp32 to add small steps to.
    half = {"no": "fp32"}.get(accelerator.mixed_precision, accelerator.mixed_precision)
    model = load_model(base, str(accelerator.device), half if phase.method in methods.ADAPTERS else "fp32")
    rate = rates.peak(phase, sum(weight.numel() for weight in model.parameters()))
    torch.manual_seed(phase.seed)
    model = accelerator.prepare_model(methods.KINDS[phase.method](model, phase), evaluation_mode=True)
    return Job(model, objective, accelerator, phase, rate, rows, _rows(objective, validation))


def _tell_lost(job: Job, dataset: Dataset, run: Run) -> None:
    """Say which records are not learned from as they are."""
    lost, cut = dataset.counts.get("train", 0) - len(job.rows), sum(row.cut for row in job.rows)
    if lost > 0:
        run.say("train", f"{lost:,} records have no supervised token within {job.phase.length:,} tokens: left out")
    if cut:
        run.say("train", f"{cut:,} records are longer than {job.phase.length:,} tokens: cut at the end")


def _rows(objective: Any, examples: Sequence[Example]) -> list[Row]:
    return [replace(row, place=(example.source, example.row)) for example in examples
            if (row := objective.encode(example))]


def _accelerator(phase: PhaseSpec) -> Any:
    """Device and precision. accelerate keeps one state a process; each run sets it anew."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    cuda = torch.cuda.is_available()
    precision = phase.precision or ("bf16" if cuda and torch.cuda.is_bf16_supported() else "fp32")
    if precision == "fp16" and not cuda:
        raise Fault("train: precision fp16 needs a GPU: take fp32 or bf16 here.")
    AcceleratorState._reset_state(reset_partial_state=True)
    accelerator = Accelerator(mixed_precision="no" if precision == "fp32" else precision)
    if accelerator.num_processes > 1:
        raise Fault("train: training in several processes is not built yet: start one, without torchrun.")
    return accelerator


def _metrics(course: Course) -> dict[str, float]:
    """Figures that the same inputs give again: no times."""
    figures = {"loss": course.rows[-1]["loss"], "steps": course.step, "tokens": course.tokens}
    if course.best is not None:
        figures |= {"validation": course.best, "best_step": course.best_step}
    return {name: float(value) for name, value in figures.items()}


def summary(course: Course, steps: int) -> str:
    """The finished run in one line."""
    validation = f" · validation {course.best:.3f} at step {course.best_step}" if course.best is not None else ""
    early = " · stopped early" if course.step < steps else ""
    return (f"{course.step}/{steps} · loss {course.rows[-1]['loss']:.3f}{validation}{early}"
            f" · {course.tokens / max(course.seconds, 1e-9) / 1000:.1f}k tokens/s")
