"""The operator's recipe for jobs: what every job has in common. A job brings name, records and a few settings.

The operator answers for licence, lawful basis, what is done with personal data, suites and gate; whoever sends a job
cannot change them.
"""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tunewright.core.errors import Fault
from tunewright.recipe import BaseSpec, load

_RATE = "learning_rate_multiplier"


@dataclass(frozen=True)
class Template:
    """A recipe with one source of kind file, whose path and format do not count. `value` is its YAML."""

    base: BaseSpec
    folder: Path
    value: dict[str, Any]

    @property
    def placed(self) -> BaseSpec:
        """The base, a folder beside the template named so that it is found from anywhere."""
        place = self.folder / self.base.name
        return self.base.model_copy(update={"name": str(place.resolve())}) if place.is_dir() else self.base


def read(path: Path) -> Template:
    """The template in a recipe file. Raises Fault if it is no recipe, or does not have just one source."""
    loaded = load(path)
    sources = loaded.recipe.data.sources
    if len(sources) != 1 or sources[0].kind != "file":
        raise Fault(f"{path.name}: a recipe for jobs has one source of kind file, whose licence and basis every upload "
                    "gets; this one has others: take them out.")
    value = yaml.safe_load(path.read_text("utf-8"))
    return Template(loaded.recipe.base, loaded.folder, value)


def recipe(template: Template, asked: dict[str, Any], rate: float, *, validation: bool) -> dict[str, Any]:
    """The recipe of a job whose records lie in train.jsonl (and validation.jsonl) beside it.

    `rate` is the method's own learning rate on this base, which a job's multiplier scales.
    """
    made = copy.deepcopy(template.value)
    made["name"] = asked["name"]
    made["base"] = template.placed.model_dump(mode="json")
    dpo = asked["method"] == "dpo"
    source = made["data"]["sources"][0] | {"path": "train.jsonl", "format": "preference" if dpo else "chat"}
    made["data"]["sources"] = [source] + (
        [source | {"path": "validation.jsonl", "part": "validation"}] if validation else [])
    made["train"] = [_phase(template, asked, rate)]
    schema = made.get("evaluate", {}).get("json_schema")
    if schema:
        made["evaluate"]["json_schema"] = str((template.folder / schema).resolve())
    return made


def _phase(template: Template, asked: dict[str, Any], rate: float) -> dict[str, Any]:
    """The template's last phase with what the job asks for."""
    given = template.value.get("train") or [{}]
    phase = {key: part for key, part in given[-1].items() if key not in ("objective", "steps")}
    phase["objective"] = "dpo" if asked["method"] == "dpo" else "sft"
    wished = {key: part for key, part in asked["hyperparameters"].items() if part not in (None, "auto")}
    for ours, theirs in (("epochs", "n_epochs"), ("batch", "batch_size"), ("beta", "beta")):
        if theirs in wished:
            phase[ours] = wished[theirs]
    if _RATE in wished:
        phase["learning_rate"] = phase.get("learning_rate", rate) * wished[_RATE]
    return phase | {"seed": asked["seed"]}

