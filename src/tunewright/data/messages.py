"""The schema of a conversation: which turns, in which order, holding what. Values come out in one shape."""

import json
from collections.abc import Mapping
from typing import Any

from tunewright.data.nearest import did_you_mean
from tunewright.data.strict_json import loads

ROLES = ("system", "user", "assistant", "tool")
_LONGEST = 200  # characters of what is told about a record
_KEYS = {"role", "content", "name", "tool_calls", "tool_call_id", "reasoning_content"}


class Unusable(Exception):
    """A record that cannot be used: the field, and the reason as the rest of a sentence about it.

    Both may quote the record, so they are cut: a key may be megabytes long.
    """

    def __init__(self, field: str, reason: str) -> None:
        field, reason = _cut(field), _cut(reason)
        super().__init__(f"`{field}` {reason}")
        self.field = field
        self.reason = reason


def _cut(told: str) -> str:
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"


def text(value: Any, field: str) -> str:
    """`value` as text: a string, or another JSON value written as JSON. Raises Unusable if it is empty or neither."""
    if value is None or (isinstance(value, str) and not value.strip()):
        raise Unusable(field, "is empty")
    return readable(value if isinstance(value, str) else _json(value, field), field)


def readable(value: str, field: str) -> str:
    """`value` if it can be written as UTF-8. Raises Unusable for half a character (a lone surrogate)."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Unusable(field, f"holds half a character (\\u{ord(value[error.start]):04x}) at position "
                              f"{error.start + 1}") from error
    return value


def many(value: Any, field: str) -> list[Any]:
    """`value` as a list: one, or the JSON text of one (as CSV holds it). Raises Unusable."""
    if isinstance(value, str):
        try:
            value = loads(value)
        except json.JSONDecodeError as error:
            raise Unusable(field, "is text that is not a JSON list") from error
        except ValueError as error:
            raise Unusable(field, f"holds JSON that cannot be used ({error})") from error
    if not isinstance(value, list | tuple):
        raise Unusable(field, f"is not a list but {type(value).__name__}")
    return list(value)


def objects(fields: Mapping[str, Any], name: str) -> tuple[dict[str, Any], ...] | None:
    """The optional list of objects under `name`; None if absent or empty. Raises Unusable."""
    if not fields.get(name):
        return None
    values = many(fields[name], name)
    for number, value in enumerate(values):
        if not isinstance(value, Mapping):
            raise Unusable(f"{name}[{number}]", "is not an object")
        readable(_json(value, name), name)
    return tuple(_filled(dict(value)) for value in values) or None


def turns(asked: str, answered: str) -> tuple[dict[str, Any], ...]:
    """One question and its answer."""
    return ({"role": "user", "content": asked}, {"role": "assistant", "content": answered})


def conversation(value: Any, field: str, *, answered: bool = True) -> tuple[dict[str, Any], ...]:
    """The turns of a conversation, checked. With `answered` it must end with the assistant.

    Raises Unusable naming the turn: a role or key that is not known, content that is empty or not text, a system
    turn that is not first, a tool turn that answers no call, a wrong end.
    """
    said = tuple(_turn(turn, f"{field}[{number}]") for number, turn in enumerate(many(value, field)))
    if not said:
        raise Unusable(field, "is empty")
    for number, turn in enumerate(said):
        before = said[number - 1] if number else {"role": "nothing"}
        if turn["role"] == "system" and number:
            raise Unusable(f"{field}[{number}]", "is a system turn that is not the first")
        if turn["role"] == "tool" and not ("tool_calls" in before or before["role"] == "tool"):
            raise Unusable(f"{field}[{number}]", f"is a tool turn after {before['role']}, so it answers no call")
    last = said[-1]["role"]
    if answered and last != "assistant":
        raise Unusable(field, f"ends with {last}, so there is no answer to learn; it must end with assistant")
    return said


def _turn(turn: Any, place: str) -> dict[str, Any]:
    if not isinstance(turn, Mapping):
        raise Unusable(place, "is not an object with role and content")
    turn = _filled(turn)
    role = turn.get("role")
    if role not in ROLES:
        raise Unusable(place, f"has role {role!r}{did_you_mean(str(role), ROLES)}; known are {', '.join(ROLES)}")
    for key in turn:
        if key not in _KEYS:
            raise Unusable(place, f"has a key `{key}` that is not known{did_you_mean(key, _KEYS)}")
    made = {**turn, "content": _content(turn, place)}
    if "tool_calls" in turn:
        if role != "assistant":
            raise Unusable(place, f"has tool_calls, but its role is {role}")
        made["tool_calls"] = [call(one, place) for one in many(turn["tool_calls"], place)]
    for key in ("name", "tool_call_id", "reasoning_content"):
        if key in made:
            made[key] = text(made[key], f"{place}.{key}")
    return made


def _content(turn: Mapping[str, Any], place: str) -> str:
    """A turn's text: a string, or the text parts of a list. Only a call and a tool's answer may be empty."""
    content = turn.get("content", "")
    if isinstance(content, list | tuple):
        parts = [part for part in content if isinstance(part, Mapping) and part.get("type") == "text"]
        if len(parts) < len(content):
            raise Unusable(place, "has content that is not text")
        content = "".join(str(part.get("text", "")) for part in parts)
    if not isinstance(content, str):
        raise Unusable(place, f"has content that is not text but {type(content).__name__}")
    if not content.strip() and not turn.get("tool_calls") and turn["role"] != "tool":
        raise Unusable(place, "has no content")
    return readable(content, place)


def call(value: Any, place: str) -> dict[str, Any]:
    """A tool call with its arguments as an object (the API writes them as a JSON string). Raises Unusable."""
    function = value.get("function") if isinstance(value, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(name, str) or not name:
        raise Unusable(place, "has a tool call without function name")
    arguments = function.get("arguments")
    try:
        arguments = loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError as error:
        raise Unusable(place, f"calls {name} with arguments that are not JSON") from error
    if arguments is not None and not isinstance(arguments, Mapping):
        raise Unusable(place, f"calls {name} with arguments that are not an object")
    made = {"type": "function", "function": {"name": name, "arguments": dict(arguments or {})}}
    readable(_json(made, place), place)
    return {"id": str(value["id"]), **made} if value.get("id") else made


def _filled(value: Mapping[str, Any]) -> dict[str, Any]:
    """`value` without the empty keys that columnar files give every row."""
    return {key: inner for key, inner in value.items() if inner is not None}


def _json(value: Any, field: str) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Unusable(field, f"is a {type(value).__name__}, which is not text") from error
