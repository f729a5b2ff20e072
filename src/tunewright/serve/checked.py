"""A JSON body held against what it may be; what is wrong is told with the field where it stands."""

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tunewright.serve.problems import Problem

M = TypeVar("M", bound=BaseModel)


def checked(kind: type[M], body: bytes) -> M:
    """The body as `kind`. Raises Problem (400)."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        param, message = _fault(error, body)
        raise Problem(400, f"{param}: {message}." if param else f"{message}.", param=param) from error


def _fault(error: ValidationError, body: bytes) -> tuple[str | None, str]:
    """The field most at fault, as it stands in the body, and what is wrong with it.

    A field that may be of several kinds is told once for each: the deepest is the kind that was meant.
    """
    told = error.errors(include_url=False, include_context=False)
    value = json.loads(body) if told[0]["loc"] else None
    placed = [(_place(value, one["loc"]), one) for one in told]
    top = placed[0][0][:1]
    place, first = max((one for one in placed if one[0][:1] == top),
                       key=lambda one: (len(one[0]), not one[1]["type"].endswith("_type")))
    message = first["msg"].removeprefix("Value error, ").replace("Tuple should", "The list should")
    return ".".join(map(str, place)) or None, message.removesuffix(" after validation")[:300]


def _place(value: Any, steps: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The steps that lead through the body, without the names of kinds; a last one may be missing there."""
    found: list[int | str] = []
    for position, step in enumerate(steps):
        if isinstance(value, dict) and (step in value or position == len(steps) - 1):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            continue
        found.append(step)
    return tuple(found)
