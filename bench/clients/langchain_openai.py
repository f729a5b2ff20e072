"""LangChain's ChatOpenAI, unchanged: URL and key come as arguments; each check that passed is printed."""

import json
import sys

sys.path.pop(0)  # this file is called like the package that it tries

from langchain_openai import ChatOpenAI

passed = []


def chat(seed: int) -> ChatOpenAI:
    """A chat whose answer is known."""
    return ChatOpenAI(base_url=sys.argv[1], api_key=sys.argv[2], model="desk", seed=seed)


def check(name: str, holds: bool) -> None:
    """Note a check, or end with its name."""
    if not holds:
        raise SystemExit(f"LangChain: {name} failed")
    passed.append(name)


check("chat", chat(0).invoke("hello").content == "A plain answer.")
check("stream", "".join(piece.content for piece in chat(0).stream("hello")) == "A plain answer.")
check("batch", len(chat(0).batch(["hello", "again"])) == 2)
schema = {"title": "ticket", "type": "object", "properties": {"intent": {"type": "string"}}, "required": ["intent"],
          "additionalProperties": False}
structured = chat(1).with_structured_output(schema, method="json_schema").invoke("hello")
check("json_schema", structured == {"intent": "lost"})
find = {"type": "function", "function": {"name": "find", "description": "Find.", "parameters": {"type": "object"}}}
check("tools", chat(2).bind_tools([find]).invoke("hello").tool_calls[0]["name"] == "find")
print(json.dumps(passed))
