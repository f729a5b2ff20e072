"""A JSON body held against what it may be; what is wrong is told with the field where it stands."""

import contextlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from tunewright.serve.problems import Problem

M = TypeVar("M", bound=BaseModel)
_CODES = frozenset({"invalid_json_schema"})
"""Kinds of errors that are told as a code: the body has the right shape, and what it says cannot be."""


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Of a whole number: 3.0 is one too, as JSON Schema has it. It stands behind bounds, which the schema then tells."""


def says(sentence: str) -> WrapValidator:
    """What is told of a field instead of what is wrong with each kind that it may be of."""

    def wrapped(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError("said", "{sentence}", {"sentence": sentence}) from None

    return WrapValidator(wrapped)


def checked(kind: type[M], body: bytes) -> M:
    """The body as `kind`. Raises Problem (400)."""
    if b"NaN" in body or b"Infinity" in body:
        _refuse_constants(body)
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise _problem(error, json.loads(body) if error.errors()[0]["loc"] else None) from error


def checked_fields(kind: type[M], pairs: Sequence[tuple[str, Any]]) -> M:
    """The fields of a query or a form as `kind`, each of which is sent once. Raises Problem (400)."""
    fields = dict(pairs)
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1 and name in kind.model_fields:
            raise Problem(400, f"{name}: it is sent {times} times: send it once.", param=name)
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise _problem(error, fields) from error


def _refuse_constants(body: bytes) -> None:
    """Raises Problem for what Python's JSON has and JSON has not; what else is wrong is told by `checked`."""

    def refuse(word: str) -> None:
        raise Problem(400, f"Invalid JSON: {word} is no JSON.")

    with contextlib.suppress(ValueError, RecursionError):
        json.loads(body, parse_constant=refuse)


def _problem(error: ValidationError, value: Any) -> Problem:
    param, message, kind = _fault(error, value)
    return Problem(400, f"{param}: {message}." if param else f"{message}.", param=param,
                   code=kind if kind in _CODES else None)


def _fault(error: ValidationError, value: Any) -> tuple[str | None, str, str]:
    """The field most at fault, as it stands in the body's `value`, what is wrong with it, and of which kind that is.

    A field that may be of several kinds is told once for each: the deepest is the kind that was meant.
    """
    told = error.errors(include_url=False, include_context=False)
    placed = [(_place(value, one["loc"]), one) for one in told]
    top = placed[0][0][:1]
    place, first = max((one for one in placed if one[0][:1] == top),
                       key=lambda one: (len(one[0]), not one[1]["type"].endswith("_type")))
    message = first["msg"].removeprefix("Value error, ").replace("Tuple should", "The list should")
    return ".".join(map(str, place)) or None, message.removesuffix(" after validation")[:300], first["type"]


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
