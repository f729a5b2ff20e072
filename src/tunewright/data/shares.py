"""What share of the records each part gets."""

from collections.abc import Mapping

from tunewright.core.errors import Fault
from tunewright.core.examples import Part
from tunewright.recipe import DataSpec

USUAL = {"test": 0.2, "validation": 0.1}
"""Shares of the parts held out where the recipe states none."""

Shares = Mapping[Part, float]


def shares(spec: DataSpec) -> dict[Part, float]:
    """The share of each part in what is split.

    A part that a whole source fills takes nothing more, unless the recipe states its share. Raises Fault if nothing
    would be left for training.
    """
    filled = {source.part for source in spec.sources}
    usual = {part: 0.0 if part in filled else share for part, share in USUAL.items()}
    test = usual["test"] if spec.split.test is None else spec.split.test
    validation = usual["validation"] if spec.split.validation is None else spec.split.validation
    if test + validation >= 1:
        raise Fault(f"split: test {test:g} and validation {validation:g} leave nothing to train on: "
                    "together they must stay below 1.")
    return {"train": 1 - test - validation, "validation": validation, "test": test}
