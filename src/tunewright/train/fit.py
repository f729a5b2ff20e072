"""One training run from examples to a folder of safetensors in the store."""

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from tunewright.base import Base, load_model, load_tokenizer
from tunewright.core.digest import digest_json, short
from tunewright.core.errors import Fault
from tunewright.core.examples import Example, pick, read_examples
from tunewright.core.records import Dataset, Model, Record
from tunewright.core.run import Run
from tunewright.engine import own
from tunewright.engine.chat import Chat
from tunewright.engine.parity import SEEN, settle
from tunewright.recipe import ComputeSpec, PhaseSpec
from tunewright.train import compute, export, join, judge, loop, methods, objectives, rates, shards, state
from tunewright.train.checkpoint import Course, Shelf
from tunewright.train.job import Job
from tunewright.train.join import Start
from tunewright.train.objectives import Judge, Keep, make_anew
from tunewright.train.objectives.objective import Figures
from tunewright.train.plan import plan

ALONE = ComputeSpec()


def fit(phase: PhaseSpec, start: Start, dataset: Dataset, name: str, run: Run, shelf: Shelf,
        compute_with: ComputeSpec = ALONE) -> Model:
    """Train one phase, keep the model's folder in the store, and return its record."""
    store = run.home.store
    training = pick(read_examples(store, dataset, "train"), phase.shapes, phase.objective)
    validation = [example for example in read_examples(store, dataset, "validation") if example.shape in phase.shapes]
    with join.opened(start, store) as base, judge.opened(start, store) as judged:
        job = prepare(phase, base, training, validation, _keep(phase, base, dataset, run), judged, compute_with)
        job = replace(job, sources=tuple(origin.path for origin in dataset.origins), track=compute_with.track)
        planned = plan(job)
        run.say("plan", str(planned))
        if (strange := methods.outside(phase, planned.trainable, planned.parameters)) is not None:
            run.say("plan", strange)
        _tell_lost(job, len(training), run)
        try:
            course = loop.train(job, shelf, run)
        except torch.cuda.OutOfMemoryError as error:
            raise Fault(f"train: {phase.batch_tokens} tokens at once do not fit this GPU: lower batch_tokens "
                        "(the result stays the same) or length.") from error
        job = _whole(job, base)
        if not job.accelerator.is_main_process:
            sys.exit()  # the first process keeps the model
        trainable = sum(weight.numel() for weight in job.weights.values())
        parameters = methods.parameters(job.model)
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            job.objective.detach(job.model)
            export.write(folder, job, start.base, dataset, name, course)
            join.finish(folder, start, base, store)
            job.objective.finish(folder)
            adapter, files = (folder / own.WEIGHTS).exists(), store.put_folder(folder)
    model = Model(
        name=name, spec=digest_json([phase.model_dump(mode="json")]), base=start.base.digest,
        base_name=start.base.name, dataset=dataset.digest, objective=phase.objective, after=start.after,
        judge=start.judged, method=phase.method, adapter=adapter, files=files, trainable=trainable,
        parameters=parameters, metrics=_metrics(course))
    run.say("train", f"{summary(course, job.steps)} → model {short(model.digest)}")
    return model


def prepare(phase: PhaseSpec, base: Base, training: Sequence[Example], validation: Sequence[Example],
            keep: Keep = make_anew, judged: Judge | None = None, compute_with: ComputeSpec = ALONE) -> Job:
    """The base with the method attached, and the examples as tokens. Raises Fault if nothing can be learned."""
    accelerator = compute.accelerator(phase)
    model = _loaded(phase, base, accelerator, methods.ground(phase, accelerator.device))
    phase = _within(phase, model)
    objective = objectives.KINDS[phase.objective](Chat(load_tokenizer(base)), phase)
    phase = objective.phase
    rows = objective.rows(training)
    if not rows:
        raise Fault(f"train: not one of {len(training)} records has a supervised token within {phase.length} tokens: "
                    "raise length, or add answers.")
    rate = rates.peak(phase, sum(weight.numel() for weight in model.parameters()))
    torch.manual_seed(phase.seed)
    model = methods.KINDS[phase.method](model, phase)
    objective.attach(model)
    model = compute.ready(accelerator, model, phase)
    apart = settle(model, [line for row in rows[:SEEN] for line in row.lines], objective.chat.pad_id,
                   accelerator.mixed_precision == "no")
    if compute_with.compile:
        compute.compile_layers(model)
    if compute_with.shard:
        shards.shard(model, accelerator.device, accelerator.num_processes)
    job = Job(model, objective, accelerator, phase, rate, rows, objective.rows(validation), apart=apart)
    objective.ready(job, keep, judged)
    return job


def _loaded(phase: PhaseSpec, base: Base, accelerator: Any, device: str) -> Any:
    """The base; in half precision if it is only read: weights that move need fp32 to add small steps to."""
    half = {"no": "fp32"}.get(accelerator.mixed_precision, accelerator.mixed_precision)
    return load_model(base, device, half if phase.method in methods.ADAPTERS else "fp32")


def _whole(job: Job, base: Base) -> Job:
    """The job with its model in one piece, in the first process's memory, if it was cut among several."""
    if not shards.sharded(job.model):
        return job
    trained = {name: shards.whole(weight.detach()) for name, weight in job.weights.items()}
    if not job.accelerator.is_main_process:
        return job
    model = methods.KINDS[job.phase.method](_loaded(job.phase, base, job.accelerator, "cpu"), job.phase)
    job.objective.attach(model)
    job = replace(job, model=model)
    state.put(job, trained)
    return job


def _within(phase: PhaseSpec, model: Any) -> PhaseSpec:
    """The phase with no record longer than what the model reads behind the learned tokens of `prefix` or `prompt`."""
    reads = getattr(model.config.get_text_config(), "max_position_embeddings", None) or phase.length
    virtual = phase.virtual_tokens if phase.method in ("prefix", "prompt") else 0
    if virtual >= reads:
        raise Fault(f"train: {virtual:,} virtual tokens leave no room for a record, since this base reads {reads:,} "
                    "tokens: lower virtual_tokens.")
    return phase.model_copy(update={"length": min(phase.length, reads - virtual)})


def _keep(phase: PhaseSpec, base: Base, dataset: Dataset, run: Run) -> Keep:
    """Figures kept in the home under the weights, the data and what is asked of them."""

    def keep(what: str, make: Callable[[], Figures]) -> Figures:
        inputs = {"what": what, "base": base.digest, "dataset": dataset.digest, "length": phase.length}
        kept = run.cached("figures", 1, inputs, Kept, lambda: Kept(figures=tuple(map(tuple, make()))))
        return [list(row) for row in kept.figures]

    return keep


class Kept(Record):
    """Figures, a row for each example."""

    figures: tuple[tuple[float, ...], ...]


def _tell_lost(job: Job, examples: int, run: Run) -> None:
    """Say which records are not learned from as they are."""
    lost, cut = examples - len(job.rows), sum(row.cut for row in job.rows)
    if lost > 0 and job.phase.objective not in ("pretrain", "ppo"):  # whose rows are not records
        run.say("train", f"{lost:,} records have no supervised token within {job.phase.length:,} tokens: left out")
    if cut:
        run.say("train", f"{cut:,} records are longer than {job.phase.length:,} tokens: cut at the end")
    if job.apart:
        run.say("train", f"what records begin with in common is computed for each of them: {job.apart}")


def _metrics(course: Course) -> dict[str, float]:
    """Figures that the same inputs give again: no times."""
    figures = {"loss": course.rows[-1]["loss"], "steps": course.step, "tokens": course.tokens}
    if course.best is not None:
        figures |= {"validation": course.best, "best_step": course.best_step}
        figures |= {name: value for name, value in course.rows[course.best_step - 1].items()
                    if name.startswith("validation_")}
    rounds = [row for row in course.rows if "reward" in row]
    if rounds:
        figures |= {name: rounds[-1][name] for name in ("reward", "kl", "held_preference") if name in rounds[-1]}
    return {name: float(value) for name, value in figures.items()}


def summary(course: Course, steps: int) -> str:
    """The finished run in one line."""
    validation = f" · validation {course.best:.3f} at step {course.best_step}" if course.best is not None else ""
    early = " · stopped early" if course.step < steps else ""
    return (f"{course.step}/{steps} · loss {course.rows[-1]['loss']:.3f}{validation}{early}"
            f" · {course.tokens / max(course.seconds, 1e-9) / 1000:.1f}k tokens/s")
