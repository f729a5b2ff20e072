"""The steps that a recipe asks for, in their order. Workers make them once from `Work`, which travels instead."""

from dataclasses import dataclass
from datetime import date

from tunewright.core.withdrawn import Withdrawn
from tunewright.data import provenance, quality
from tunewright.data.step import Step
from tunewright.recipe import DataSpec


@dataclass(frozen=True)
class Work:
    """All that a worker must know to prepare rows: the recipe, what was withdrawn, and which day it is. It pickles."""

    spec: DataSpec
    withdrawn: Withdrawn
    today: date


def steps(work: Work) -> tuple[Step, ...]:
    """Withdrawn, expired, PII, quality: what must not be used is left out before it is looked at."""
    measured = (quality.step(work.spec.quality),) if work.spec.quality else ()
    cleaned = (_personal(work.spec),) if work.spec.pii else ()
    return (*provenance.steps(work.withdrawn, work.today), *cleaned, *measured)


def _personal(spec: DataSpec) -> Step:
    # Imported here: a dataset that is held already is found again without the recognisers.
    from tunewright.data import personal

    return personal.step(spec)
