"""The harness's tasks: loaded by name, run on a model, and taken apart item by item."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.core.digest import digest_file, digest_json
from tunewright.core.errors import Fault
from tunewright.recipe.suites import HarnessSpec

PERPLEXITIES = ("word_perplexity", "byte_perplexity", "bits_per_byte")
"""Metrics of the harness whose items are a pair: ln p of a text, and its words or bytes."""


@dataclass(frozen=True)
class Sample:
    """One item of a task as a model answered it: `metrics` are the harness's own, by name and, but for the first
    filter, `name,filter`. `about` are the names that the recipe may ask for it by: the task's and its groups'."""

    task: str
    item: str
    prompt: str
    target: str
    answer: str
    about: tuple[str, ...]
    metrics: dict[str, Any]


def run(spec: HarnessSpec, folder: Path, model: Any) -> list[Sample]:
    """Every item of the recipe's tasks, answered by an `LM`.

    Raises Fault if lm-eval is not installed, there is no such task, or its data cannot be had.
    """
    evaluator, tasks = _harness()
    names = list(dict.fromkeys(one.partition("/")[0] for one in spec.tasks))
    try:
        with _quiet(), chdir(folder / spec.folder if spec.folder else folder):
            index = manager(tasks, names, folder / spec.folder if spec.folder else None)
            found = evaluator.simple_evaluate(
                model=model, tasks=names, num_fewshot=spec.shots, limit=spec.limit, task_manager=index,
                apply_chat_template=spec.chat, bootstrap_iters=0, log_samples=True)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        raise Fault(f"evaluate.harness: task {', '.join(names)} cannot be run ({type(error).__name__}: {error}): its "
                    "data must be reachable, or local files of `dataset_path: json`.") from error
    return list(_samples(found))


def digest(spec: HarnessSpec, folder: Path) -> str | None:
    """What changes with the files of the recipe's own tasks. Raises Fault if there is no such folder."""
    if spec.folder is None:
        return None
    room = folder / spec.folder
    if not room.is_dir():
        raise Fault(f"evaluate.harness.folder: {room} is no folder: mend the path.")
    return digest_json({str(path.relative_to(room)): digest_file(path) for path in sorted(room.rglob("*"))
                        if path.is_file() and "__pycache__" not in path.parts})


def manager(tasks: Any, names: Sequence[str], own: Path | None) -> Any:
    """The harness's index of tasks: that of the recipe's own alone if they are all, as reading the others takes long.
    """
    if own is not None:
        index = tasks.TaskManager(include_path=str(own), include_defaults=False)
        if set(names) <= set(index.all_tasks):
            return index
    index = tasks.TaskManager(include_path=None if own is None else str(own))
    for name in names:
        if name not in index.all_tasks:
            raise Fault(f"evaluate.harness.tasks: lm-eval knows no task `{name}`: `lm-eval ls tasks` lists them; your "
                        "own are YAML files in `evaluate.harness.folder`.")
    return index


def _samples(found: dict[str, Any]) -> Iterator[Sample]:
    groups = found.get("group_subtasks", {})
    for task, rows in found["samples"].items():
        about = (task, *(group for group in groups if task in _members(group, groups)))
        first = rows[0]["filter"] if rows else None
        items: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            items.setdefault(f"{row['doc_id']}:{row['doc_hash']}", []).append(row)
        for same in items.values():
            row = next(one for one in same if one["filter"] == first)
            metrics = {name if one is row else f"{name},{one['filter']}": one[name]
                       for one in same for name in one["metrics"]}
            prompt = str(row["arguments"][0][0])
            name = digest_json({"task": task, "doc": row["doc_hash"], "at": row["doc_id"], "prompt": prompt})
            yield Sample(task, name, prompt, str(row["target"]), _answer(row), about, metrics)


def _members(group: str, groups: dict[str, list[str]], seen: frozenset[str] = frozenset()) -> set[str]:
    """The tasks of a group and of its groups."""
    inside = groups.get(group, [])
    return {task for one in inside if one not in seen
            for task in ({one} | _members(one, groups, seen | {group}))}


def _answer(row: dict[str, Any]) -> str:
    """What was said: the text, or the continuation that was likeliest."""
    said = row["filtered_resps"]
    if said and isinstance(said[0], str):
        return said[0]
    if len(said) > 1 and all(isinstance(one, list | tuple) for one in said):
        best = max(range(len(said)), key=lambda at: float(said[at][0]))
        return str(row["arguments"][best][-1])
    return ""


@contextmanager
def _quiet() -> Iterator[None]:
    """The harness's notices and progress bars are for its own command line."""
    log = logging.getLogger("lm_eval")
    level, log_level = log.level, logging.ERROR
    log.setLevel(log_level)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def _harness() -> tuple[Any, Any]:
    try:
        from lm_eval import evaluator, tasks
    except ImportError as error:
        raise Fault("suite harness needs lm-evaluation-harness: pip install 'tunewright[harness]'.") from error
    return evaluator, tasks
