"""Read a recipe file; refuse what is wrong with file, line and the nearest right word."""

from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from tunewright.core.errors import Fault
from tunewright.recipe.recipe import Recipe


@dataclass(frozen=True)
class Loaded:
    """A recipe and the folder that its relative paths start from."""

    recipe: Recipe
    folder: Path


def load(path: Path) -> Loaded:
    """The recipe in a YAML file. Raises Fault with file, line, what is wrong and the nearest right word."""
    try:
        return Loaded(Recipe.model_validate(yaml.safe_load(path.read_text())), path.resolve().parent)
    except ValidationError as error:
        raise Fault(str(error)) from error
