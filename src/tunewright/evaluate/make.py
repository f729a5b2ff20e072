"""Make a report: the key of the cache, and nothing heavy until there is work."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tunewright.base import Base
from tunewright.core.records import Dataset, Model, Report
from tunewright.core.run import Run
from tunewright.evaluate.live import Live
from tunewright.evaluate.schema import check_schema, read_schema
from tunewright.recipe import EvaluateSpec

VERSION = 1
STAGE = "evaluate"


def examined(spec: EvaluateSpec) -> dict[str, Callable[[], Sequence[str]]]:
    """What each suite asks that is no held-out part of the data, by its name: what training must not hold."""
    from tunewright.evaluate.suites import KINDS

    return {name: partial(asks, spec) for name in spec.suites if (asks := KINDS[name].examined)}


def check(spec: EvaluateSpec, folder: Path) -> None:
    """Raises Fault for what can be known to be wrong before anything is trained: a schema that is none, documents,
    functions or a suite's items that cannot be read, a key that is not there."""
    from tunewright.evaluate.suites import KINDS

    check_schema(spec, folder)
    for suite in spec.suites:
        if reads := KINDS[suite].reads:
            reads(spec, folder)
    if {"retrieval", "tools", "endpoint"} & set(spec.arms):
        from tunewright.evaluate.arms import check as check_arms

        check_arms(spec, folder)


def make(spec: EvaluateSpec, base: Base, model: Model, dataset: Dataset, name: str, folder: Path, run: Run,
         live: Live | None = None) -> Report:
    """Let every arm answer the same items, and keep every answer; from the cache if nothing changed.

    `live` is the release now live, if arm `live` is asked for and there is one. `folder` is where the recipe's relative
    paths start. Raises Fault for a schema that cannot be used, a scorer that the data cannot have, or a base that
    cannot be loaded.
    """
    from tunewright.evaluate.arms import reads as read_by_arms
    from tunewright.evaluate.suites import KINDS

    schema = read_schema(spec, folder)
    read: dict[str, object] = {suite: reads(spec, folder) for suite in spec.suites if (reads := KINDS[suite].reads)}
    read.update(read_by_arms(spec, folder))
    inputs = {"spec": spec.model_dump(mode="json"), "schema": schema, "read": read, "base": base.digest,
              "model": model.digest, "dataset": dataset.digest, "name": name,
              "live": live.model.digest if live else None}

    def work() -> Report:
        from tunewright.evaluate.report import report

        check(spec, folder)
        return report(spec, schema, base, model, dataset, name, run, folder=folder, live=live)

    return run.cached(STAGE, VERSION, inputs, Report, work)
