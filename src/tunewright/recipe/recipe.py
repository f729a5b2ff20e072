"""The recipe: what we intend, in one file."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, field_validator, model_validator

from tunewright.core.records import Record
from tunewright.recipe.advise import AdviseSpec
from tunewright.recipe.base import BaseSpec
from tunewright.recipe.compute import ComputeSpec
from tunewright.recipe.data import DataSpec
from tunewright.recipe.evaluate import SLICES, EvaluateSpec
from tunewright.recipe.gate import RuleSpec
from tunewright.recipe.monitor import MonitorSpec
from tunewright.recipe.serve import ServeSpec
from tunewright.recipe.train import PhaseSpec


class Recipe(Record):
    """Purpose, base, data, train, evaluate, gate, serve, monitor."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
    """Name of the releases: lower-case letters, digits, dot, dash, underscore."""
    purpose: Annotated[str, Field(min_length=1)]
    """One sentence: what the model is for."""
    base: BaseSpec = BaseSpec(name="tiny")
    """The model we start from."""
    data: DataSpec
    """Where the records come from and how they are split."""
    train: Annotated[tuple[PhaseSpec, ...], Field(min_length=1)] = (PhaseSpec(),)
    """Phases, in order; each starts from what the one before it left."""
    compute: ComputeSpec = ComputeSpec()
    """With what the training is done."""
    evaluate: EvaluateSpec = EvaluateSpec()
    """What every arm is measured on."""
    advise: AdviseSpec = AdviseSpec()
    """What only people know, for `tunewright advise`."""
    gate: Annotated[tuple[RuleSpec, ...], Field(min_length=1)]
    """Rules over the report; all must pass."""
    serve: ServeSpec = ServeSpec()
    """How releases answer."""
    monitor: MonitorSpec = MonitorSpec()
    """How live traffic is watched."""

    @model_validator(mode="after")
    def _sliced_by_what_is_kept(self) -> "Recipe":
        known = (*SLICES, *self.data.fields)
        for field in self.evaluate.slices:
            if field not in known:
                raise ValueError(f"`evaluate.slices` names {field}, which is neither {', '.join(SLICES)} nor one of "
                                 "`data.fields`: add the column there")
            if field == "label" and not self.data.split.stratify:
                raise ValueError("`evaluate.slices` names label, which comes from `data.split.stratify`: set that, or "
                                 "leave it out")
        return self

    @field_validator("base", mode="before")
    @classmethod
    def _short_base(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value
