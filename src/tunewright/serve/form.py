"""Answers that must be JSON of a given form, from engines that do not see to it themselves: checked, and asked again.

The answer is held until it is whole and holds to the schema. What does not is asked for again, drawn by other dice,
`TRIES` times at most; then the request is refused, since no answer is better than one that breaks its reader.

Schemas come from clients: nothing is fetched for them, and the steps of a check are counted.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from pydantic_core import PydanticCustomError

from tunewright.engine import Engine, Piece, Request, whole
from tunewright.serve.problems import Problem

TRIES = 3
_WARM = 0.7  # temperature of the tries after a greedy one, which would say the same again
_LARGEST = 1 << 16  # characters of a schema
_NOT_SCHEMA = "invalid_json_schema"  # the code of it
_STEPS = 20_000  # keywords applied in one check: small schemas can be made to take for ever


class _TooLong(Exception):
    """A check takes more steps than any honest schema does."""


def check(schema: Any, needed: str = "json_schema needs `schema`, an object") -> None:
    """Raises ValueError for what is no JSON Schema (draft 2020-12); `needed` is told of what is no object."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    if not isinstance(schema, dict):
        raise ValueError(needed)
    if len(json.dumps(schema)) > _LARGEST:
        raise PydanticCustomError(_NOT_SCHEMA, f"the schema is longer than {_LARGEST >> 10} KiB")
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError) as error:
        reason = error.message[:120] if isinstance(error, SchemaError) else "it is nested too deep"
        raise PydanticCustomError(_NOT_SCHEMA, "the schema is no JSON Schema ({reason})", {"reason": reason}) from error


def breaks(schema: dict[str, Any], text: str, param: str = "response_format") -> str | None:
    """Why `text` does not hold to the schema; None if it does. Raises Problem for a schema that cannot be checked, of
    the field `param`."""
    from jsonschema.exceptions import best_match
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"it is not JSON ({error})"
    try:
        worst = best_match(_counted()(schema, registry=Registry()).iter_errors(answer))
    except (_TooLong, RecursionError, Unresolvable) as error:
        reason = "it refers to what is not in it" if isinstance(error, Unresolvable) else "it takes too long"
        raise Problem(400, f"the schema cannot be checked: {reason}.", param=param) from error
    # The library's own words quote the answer, which no policy has looked at yet: only the schema is told of.
    return f"it breaks #/{'/'.join(map(str, worst.absolute_schema_path))}"[:200] if worst else None


def _counted() -> Any:
    """A validator class that applies so many keywords and no more."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    left = iter(range(_STEPS))

    def one(keyword: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
        def stepped(*arguments: Any) -> Iterator[Any]:
            if next(left, None) is None:
                raise _TooLong
            yield from keyword(*arguments) or ()
        return stepped

    keywords = Draft202012Validator.VALIDATORS.items()
    return extend(Draft202012Validator, {  # type: ignore[no-untyped-call]
        name: one(keyword) for name, keyword in keywords})


def refuse_patterns(schema: Any, param: str = "response_format") -> None:
    """Raises Problem for regular expressions: one of them may take for ever, and cannot be stopped."""
    if isinstance(schema, dict):
        for name in ("pattern", "patternProperties"):
            if name in schema:
                raise Problem(422, f"`{name}` in a schema is not offered here: leave it out.",
                              param=param, code="unsupported_parameter")
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        refuse_patterns(part, param)


async def formed(engine: Engine, request: Request, schema: dict[str, Any]) -> Piece:
    """An answer that holds to `schema`. Raises Problem (422) if none of `TRIES` does."""
    written, why = 0, ""
    for number in range(TRIES):
        asked = request if number == 0 else replace(
            request, seed=(request.seed or 0) + number, temperature=request.temperature or _WARM)
        piece = await whole(engine, asked)
        written += piece.tokens_out
        broken = breaks(schema, piece.text)
        if broken is None:
            return replace(piece, tokens_out=written)
        why = broken
    raise Problem(422, f"none of {TRIES} answers held to the schema ({why}): ask for less, or raise max_tokens.",
                  param="response_format", code="schema_not_met")


def holds(schema: dict[str, Any], text: str) -> bool | None:
    """Whether an answer holds to the schema that was asked for; None where that cannot be told, at least not safely."""
    try:
        refuse_patterns(schema)
        return breaks(schema, text) is None
    except Problem:
        return None
