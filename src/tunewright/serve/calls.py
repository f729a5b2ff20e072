"""Calls of tools, read out of what a model writes, for engines that give text alone.

Open models write a call as `<tool_call>{"name": …, "arguments": …}</tool_call>`, the form of Hermes and Qwen, or as
a bare object with `name` and `parameters`, the form of Llama 3. What is no such call stays text.
"""

import json
import re
import uuid
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from tunewright.engine import Piece

_OPEN = "<tool_call>"
_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*(?:</tool_call>|\Z)", re.DOTALL)


async def called(stream: AsyncGenerator[Piece, None], names: frozenset[str]) -> AsyncGenerator[Piece, None]:
    """The stream with its calls of the tools `names` told apart; text before a call flows as it comes."""
    text = ""
    given = 0
    async for piece in stream:
        text += piece.text
        if not piece.finish:
            upto = _certain(text)
            if upto > given:
                yield replace(piece, text=text[given:upto])
                given = upto
            continue
        told = told_apart(replace(piece, text=text), names)
        yield replace(told, text=told.text[given:])


def told_apart(piece: Piece, names: frozenset[str]) -> Piece:
    """A whole answer with its calls of the tools `names` told apart."""
    calls, said = read(piece.text, names)
    if not calls:
        return piece
    return replace(piece, text=said, more={"tool_calls": calls},
                   finish="tool_calls" if piece.finish == "stop" else piece.finish)


def read(text: str, names: frozenset[str]) -> tuple[list[dict[str, Any]], str]:
    """The calls that a whole answer holds, in OpenAI's shape, and the text before the first."""
    found = [one for match in _CALL.finditer(text) if (one := _call(match[1], names))]
    if found:
        return _numbered(found), text[:text.index(_OPEN)].rstrip()
    bare = _call(text, names)
    return (_numbered([bare]), "") if bare else ([], text)


def _certain(text: str) -> int:
    """How much of a growing answer is text, whatever comes."""
    if text.lstrip().startswith("{"):
        return 0
    at = text.find(_OPEN)
    if at >= 0:
        return len(text[:at].rstrip())
    held = next((length for length in range(min(len(_OPEN) - 1, len(text)), 0, -1)
                 if _OPEN.startswith(text[-length:])), 0)
    return len(text[:len(text) - held].rstrip())


def _call(text: str, names: frozenset[str]) -> tuple[str, str] | None:
    """Name and arguments (JSON) of a call, if it is one of a tool that was given."""
    try:
        value = json.loads(text)
        arguments = value.get("arguments", value.get("parameters", {}))
    except (ValueError, AttributeError, RecursionError):
        return None
    if not isinstance(value.get("name"), str) or value["name"] not in names:
        return None
    return value["name"], arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)


def _numbered(calls: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"index": index, "id": f"call_{uuid.uuid4().hex[:24]}", "type": "function",
             "function": {"name": name, "arguments": arguments}} for index, (name, arguments) in enumerate(calls)]
