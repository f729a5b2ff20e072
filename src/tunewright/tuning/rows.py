"""From a line of an uploaded file to a row of a source: chat as it is, preference pairs under our names.

Other fields stay beside them, so that the operator's `subject` or `collected` may name one.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from tunewright.core.errors import Fault

Method = Literal["supervised", "dpo"]


def check(content: bytes, method: Method, name: str) -> int:
    """How many lines a file has, each of which can be read. Raises Fault naming the first that cannot."""
    return sum(1 for _ in rows(content, method, name))


def write(content: bytes, method: Method, name: str, path: Path) -> None:
    """Write a file's rows where a source can read them."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(content, method, name))


def rows(content: bytes, method: Method, name: str) -> Iterator[dict[str, Any]]:
    """Each line as a row. Raises Fault with file, line and reason."""
    lines = [(at, line) for at, line in enumerate(content.splitlines(), 1) if line.strip()]
    if not lines:
        raise Fault(f"file {name} is empty: upload JSON lines.")
    for at, line in lines:
        try:
            value = json.loads(line)
            if not isinstance(value, dict):
                raise ValueError("it is no object")
            yield _supervised(value) if method == "supervised" else _preference(value)
        except (ValueError, RecursionError) as error:
            raise Fault(f"file {name}, line {at}: {str(error)[:200]}.") from error


def _supervised(value: dict[str, Any]) -> dict[str, Any]:
    messages = _messages(value.get("messages"), "messages")
    if not any(message["role"] == "assistant" for message in messages):
        raise ValueError("messages has no assistant message, so there is nothing to learn")
    if any(message.get("weight", 1) != 1 for message in messages):
        raise ValueError("weight 0 is not offered: leave messages out that should not be learned, or the field")
    plain = [{key: part for key, part in message.items() if key != "weight"} for message in messages]
    return {**value, "messages": plain}


def _preference(value: dict[str, Any]) -> dict[str, Any]:
    asked = value.get("input")
    prompt = _messages(asked.get("messages") if isinstance(asked, dict) else None, "input.messages")
    beside = {key: part for key, part in value.items()
              if key not in ("input", "preferred_output", "non_preferred_output")}
    return {**beside, "prompt": prompt, "chosen": _messages(value.get("preferred_output"), "preferred_output"),
            "rejected": _messages(value.get("non_preferred_output"), "non_preferred_output")}


def _messages(value: Any, field: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{field} should be a list of messages")
    for message in value:
        if not isinstance(message, dict) or message.get("role") not in ("system", "user", "assistant", "tool"):
            raise ValueError(f"{field} holds something that is no message with a role of system, user, assistant or "
                             "tool")
    return value
