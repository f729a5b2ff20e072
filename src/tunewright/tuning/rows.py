"""From a line of an uploaded file to a row of a source: chat as it is, preference pairs under our names.

A line is held against what the data room makes of its row, so that whoever uploads it learns at once what a job could
not use. Other fields stay beside them, so that the operator's `subject` or `collected` may name one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from tunewright.core.errors import Fault
from tunewright.data.formats import chat, preference
from tunewright.data.messages import Unusable
from tunewright.data.strict_json import loads

Method = Literal["supervised", "dpo"]
LONGEST = 16 << 20
"""Bytes that a line may have: one line is in memory at a time, and no more."""
_FIELDS: dict[Method, tuple[str, ...]] = {
    "supervised": ("messages",), "dpo": ("input", "preferred_output", "non_preferred_output")}
_THEIRS = {"prompt": "input.messages", "chosen": "preferred_output", "rejected": "non_preferred_output"}


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a file that comes in pieces, without their ends. A line longer than `LONGEST` is cut short after
    it, which `rows` tells."""
    held = b""
    for piece in pieces:
        *whole, held = (held + piece).split(b"\n")
        yield from whole
        if len(held) > LONGEST:
            yield held
            return
    yield held


def check(lines: Iterable[bytes], name: str, method: Method | None = None) -> int:
    """How many lines a file has, each of which can be learned from. Raises Fault naming the first that cannot.

    Without a `method` all must be for the same, whichever the first is for.
    """
    return sum(1 for _ in rows(lines, name, method))


def write(lines: Iterable[bytes], name: str, method: Method, path: Path) -> None:
    """Write a file's rows where a source can read them."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(lines, name, method))


def rows(lines: Iterable[bytes], name: str, method: Method | None = None) -> Iterator[dict[str, Any]]:
    """Each line as a row, blank ones left out. Raises Fault with file, line and reason."""
    some = False
    for at, line in enumerate(lines, 1):
        if not line.strip():
            continue
        some = True
        try:
            value = _object(line)
            method = method or _method(value)
            yield _supervised(value) if method == "supervised" else _preference(value)
        except ValueError as error:
            raise Fault(f"file {name}, line {at}: {error}.") from error
        except Unusable as error:
            raise Fault(f"file {name}, line {at}: {error if method == 'supervised' else _theirs(error)}.") from error
    if not some:
        raise Fault(f"file {name} is empty: upload JSON lines.")


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST >> 20} MiB")
    try:
        value = loads(line.decode("utf-8-sig"))
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg} at character {error.pos + 1})") from error
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8") from error
    except UnicodeEncodeError as error:
        raise ValueError("it holds half a character (a lone surrogate)") from error
    if not isinstance(value, dict):
        raise ValueError("it is no object")
    return value


def _method(value: Mapping[str, Any]) -> Method:
    """What a line is for, by its fields."""
    for method, fields in _FIELDS.items():
        if fields[0] in value:
            return method
    raise ValueError("it has neither `messages` nor `input`, `preferred_output` and `non_preferred_output`")


def _need(value: Mapping[str, Any], method: Method) -> None:
    for field in _FIELDS[method]:
        if field not in value:
            raise ValueError(f"it has no `{field}`, which a line for method {method} needs")


def _supervised(value: dict[str, Any]) -> dict[str, Any]:
    _need(value, "supervised")
    messages = value["messages"]
    if isinstance(messages, list) and all(isinstance(message, dict) for message in messages):
        if any(message.get("weight", 1) != 1 for message in messages):
            raise ValueError("weight 0 is not offered: leave messages out that should not be learned, or the field")
        value = {**value, "messages": [
            {key: part for key, part in message.items() if key != "weight"} for message in messages]}
    chat(value)
    return value


def _preference(value: dict[str, Any]) -> dict[str, Any]:
    _need(value, "dpo")
    asked = value["input"]
    if not isinstance(asked, dict) or not isinstance(asked.get("messages"), list):
        raise ValueError("`input` has no list of `messages`")
    made = {key: part for key, part in value.items() if key not in _FIELDS["dpo"]} | {
        "prompt": asked["messages"], "chosen": value["preferred_output"], "rejected": value["non_preferred_output"]}
    preference(made)
    return made


def _theirs(error: Unusable) -> str:
    """What is wrong, under the names that the line has."""
    field, bracket, rest = error.field.partition("[")
    reason = error.reason
    for ours, name in _THEIRS.items():
        reason = reason.replace(f"`{ours}`", f"`{name}`")
    return f"`{_THEIRS.get(field, field)}{bracket}{rest}` {reason}"
