"""Calls of tools in the shape of OpenAI's API, for engines that give text alone."""

import json
import uuid
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any

from tunewright.engine import Piece
from tunewright.engine.calls import Call, before, certain, read


async def called(stream: AsyncGenerator[Piece, None], names: frozenset[str], *,
                 several: bool = True) -> AsyncGenerator[Piece, None]:
    """The stream with its calls of the tools `names` told apart; text before a call flows as it comes."""
    text = ""
    given = 0
    async for piece in stream:
        text += piece.text
        if not piece.finish:
            upto = certain(text, names)
            if upto > given:
                yield replace(piece, text=text[given:upto])
                given = upto
            continue
        told = told_apart(replace(piece, text=text), names, several=several)
        yield replace(told, text=told.text[given:])


def told_apart(piece: Piece, names: frozenset[str], *, several: bool = True) -> Piece:
    """A whole answer with its calls of the tools `names` told apart: all, or else the first."""
    calls = read(piece.text, names)
    if not calls:
        return piece
    told = _numbered(calls if several else calls[:1])
    return replace(piece, text=before(piece.text, calls[0]), more={**(piece.more or {}), "tool_calls": told},
                   finish="tool_calls" if piece.finish == "stop" else piece.finish)


def _numbered(calls: Sequence[Call]) -> list[dict[str, Any]]:
    return [{"index": index, "id": f"call_{uuid.uuid4().hex[:24]}", "type": "function",
             "function": {"name": call.name, "arguments": _json(call.arguments)}} for index, call in enumerate(calls)]


def _json(arguments: dict[str, Any]) -> str:
    """JSON as it reads best; escaped where it holds half a character, which no UTF-8 can."""
    text = json.dumps(arguments, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(arguments)
    return text
