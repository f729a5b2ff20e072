"""Calls of tools in the shape of OpenAI's API, for engines that give text alone."""

import json
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tunewright.engine import Piece, Request
from tunewright.engine.calls import Call, before, certain, read
from tunewright.serve.form import breaks
from tunewright.serve.problems import Problem

Schemas = Mapping[str, dict[str, Any]]
_NOTHING = {"type": "object", "additionalProperties": False}


def strict(request: Request) -> Schemas:
    """What the arguments of each `strict` function must hold to, where it is for us to see to. A forced call is the
    engine's: its arguments are written so."""
    if "tool_choice" in request.more:
        return {}
    return {tool["function"]["name"]: tool["function"].get("parameters") or _NOTHING for tool in request.tools or ()
            if tool["function"].get("strict") is True}


def held(piece: Piece, schemas: Schemas) -> Piece:
    """The piece, if its calls hold to what their functions say. Raises Problem (422)."""
    for call in (piece.more or {}).get("tool_calls", ()) if schemas else ():
        name = call["function"]["name"]
        why = breaks(schemas[name], call["function"]["arguments"], "tools") if name in schemas else None
        if why:
            raise Problem(422, f"a call of {name} does not hold to its parameters ({why}): ask again, or without "
                          "`strict`.", param="tools", code="schema_not_met")
    return piece


async def called(stream: AsyncGenerator[Piece, None], names: frozenset[str], schemas: Schemas, *,
                 several: bool = True) -> AsyncGenerator[Piece, None]:
    """The stream with its calls of the tools `names` told apart, held to `schemas`; text before a call flows as it
    comes."""
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
        told = held(told_apart(replace(piece, text=text), names, several=several), schemas)
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
