"""Writing the files that a recipe starts from: all or none, and never over a file that is there."""

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from tunewright.core.errors import Fault
from tunewright.core.run import write_atomically
from tunewright.recipe import Recipe
from tunewright.start import templates


def schema() -> dict[str, Any]:
    """The JSON schema of a recipe, with which editors complete and check it."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Recipe.model_json_schema()}
    base = found["properties"]["base"]
    found["properties"]["base"] = {"description": base.get("description"), "default": "tiny", "anyOf": [
        {"type": "string", "description": "The base's name; short for `{name: …}`."}, {"$ref": "#/$defs/BaseSpec"}]}
    return found


def write(folder: Path, template: str, name: str, *, force: bool = False) -> list[Path]:
    """Write a template's recipe, data and schema into `folder`; return their paths, the recipe first."""
    if template not in templates.KINDS:
        near = get_close_matches(template, templates.KINDS, n=1)
        raise Fault(f"there is no template {template}: take {near[0] if near else ' or '.join(templates.KINDS)}.")
    texts = templates.render(template, name)
    texts[templates.SCHEMA] = json.dumps(schema(), indent=2) + "\n"
    try:
        Recipe.model_validate(yaml.safe_load(texts[f"{name}.yaml"]))
    except ValueError as error:
        raise Fault(f"{name!r} is not a name for releases: take lower-case letters, digits, dot, dash and "
                    "underscore, beginning with a letter or digit.") from error
    paths = {folder / file: text for file, text in texts.items()}
    there = [str(path) for path in paths if path.exists()]
    if there and not force:
        raise Fault(f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} already there: choose another folder, "
                    "or --force to overwrite.")
    for path, text in paths.items():
        write_atomically(path, text)
    return list(paths)
