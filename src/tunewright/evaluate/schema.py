"""The JSON Schema that scorer `json_schema` holds answers against."""

import json
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.recipe import EvaluateSpec


def read_schema(spec: EvaluateSpec, folder: Path) -> dict[str, Any] | None:
    """The JSON Schema that `spec.json_schema` names. Raises Fault if it is missing, no schema, or unused."""
    if spec.json_schema is None:
        if "json_schema" in spec.scorers:
            raise Fault("scorer json_schema needs a schema: add `evaluate.json_schema: FILE` to the recipe.")
        return None
    path = folder / spec.json_schema
    try:
        schema = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Fault(f"evaluate.json_schema: {path} cannot be read ({error.strerror}): mend the path.") from error
    except ValueError as error:
        raise Fault(f"evaluate.json_schema: {path} is not JSON ({error}): mend the file.") from error
    if not isinstance(schema, dict):
        raise Fault(f"evaluate.json_schema: {path} holds no JSON object: a schema starts with `{{\"type\": …`.")
    return schema


def check_schema(spec: EvaluateSpec, folder: Path) -> None:
    """Raises Fault for a schema that is none."""
    schema = read_schema(spec, folder)
    if schema is None:
        return
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    try:
        validator_for(schema).check_schema(schema)
    except SchemaError as error:
        raise Fault(f"evaluate.json_schema: {spec.json_schema} is no JSON Schema ({error.message}): "
                    "mend the file.") from error
