"""What an answer may be, as a grammar (Lark, in llguidance's dialect): JSON of a schema, calls of tools, or either.

Keys of an object come in the order of its schema, as with OpenAI's strict schemas. White space in an answer's JSON is
free, up to so many characters on end, since a small model would go on with it for ever; in a call it is one space.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tunewright.engine.calls import Marks
from tunewright.engine.engine import Request, Unsupported

_SPACE = r"[\x20\x0A\x0D\x09]{1,40}"
_ONE_SPACE = r"\x20"
_LARGEST = 1 << 18  # characters of a grammar
_NOTHING = {"type": "object", "properties": {}, "additionalProperties": False}


def wanted(request: Request) -> bool:
    """Whether a request says what its answer may be."""
    return bool(_form(request) or request.more.get("tool_choice"))


def grammar(request: Request, marks: Marks, specials: Mapping[str, int]) -> str:
    """The grammar of a request that wants one; `marks` are how the base writes calls, `specials` its special tokens.

    Raises Unsupported for a choice of tools that is none.
    """
    form = _form(request)
    choice = request.more.get("tool_choice")
    tools = [tool["function"] for tool in request.tools or ()]
    rules = []
    if form is not None and not choice:
        rules += [f"answer: {_json(form, _SPACE)}"]
    if choice or tools:
        several = request.more.get("parallel_tool_calls") is not False and not isinstance(choice, dict)
        rules += _calls(_chosen(tools, choice), marks, specials, several)
    start = " | ".join(rule.partition(":")[0] for rule in rules if rule.startswith(("answer:", "calls:")))
    text = "\n".join(["%llguidance {}", f"start: {start}", *rules])
    if len(text) > _LARGEST:
        raise Unsupported(f"the schemas of this request are longer than {_LARGEST >> 10} KiB: make them shorter.",
                          "tools" if tools else "response_format")
    return text


def _form(request: Request) -> dict[str, Any] | None:
    """The schema that the answer must hold to, if any."""
    form = request.more.get("response_format") or {"type": "text"}
    if form["type"] == "json_schema":
        found: dict[str, Any] = form["json_schema"]["schema"]
        return found
    return {"type": "object"} if form["type"] == "json_object" else None


def _chosen(tools: Sequence[dict[str, Any]], choice: Any) -> list[dict[str, Any]]:
    """The functions that may be called."""
    if not isinstance(choice, dict):
        chosen = list(tools)
    elif choice.get("type") == "function" and isinstance(choice.get("function"), dict):
        chosen = [tool for tool in tools if tool["name"] == choice["function"].get("name")]
    else:
        raise Unsupported("tool_choice is not offered in this form: say auto, none, required, or one function.",
                          "tool_choice")
    if not chosen:
        raise Unsupported("tool_choice asks for a function that is not among the tools: add it to `tools`.",
                          "tool_choice")
    return chosen


def _calls(tools: Sequence[dict[str, Any]], marks: Marks, specials: Mapping[str, int], several: bool) -> list[str]:
    """Rules for one call of some tools, or for several."""
    def literal(text: str) -> str:
        return _literal(text, specials)

    more = f" ({literal(marks.join)} call)*" if several and marks.join is not None else ""
    named = [f"call_{at}: {literal(tool['name'] + marks.middle)} arguments_{at}" for at, tool in enumerate(tools)]
    arguments = [f"arguments_{at}: {_json(_parameters(tool), _ONE_SPACE)}" for at, tool in enumerate(tools)]
    return [f"calls: {literal(marks.head)} call{more} {literal(marks.tail)}",
            "call: " + " | ".join(f"call_{at}" for at in range(len(tools))), *named, *arguments]


def _parameters(tool: dict[str, Any]) -> dict[str, Any]:
    """The schema of a function's arguments: of none, if it says nothing."""
    found = tool.get("parameters")
    if found is None:
        return _NOTHING
    if not isinstance(found, dict) or found.get("type", "object") != "object":
        raise Unsupported(f"function {tool['name']} has parameters that are no schema of an object: mend its "
                          "`parameters`.", "tools")
    return {**found, "type": "object"}


def _json(schema: dict[str, Any], space: str) -> str:
    # `x-guidance` stands in place of what a client may say there, which would change what a schema means.
    return "%json " + json.dumps({**schema, "x-guidance": {"whitespace_pattern": space}})


def _literal(text: str, specials: Mapping[str, int]) -> str:
    """Text as it is; special tokens by their number."""
    pattern = "|".join(sorted(map(re.escape, specials), key=len, reverse=True)) or r"(?!)"
    parts = re.split(f"({pattern})", text)
    return " ".join(f"<[{specials[part]}]>" if part in specials else json.dumps(part) for part in parts if part)
