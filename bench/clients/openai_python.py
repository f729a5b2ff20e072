"""OpenAI's Python client, unchanged: URL, key and base come as arguments; each check that passed is printed."""

import json
import sys

from openai import NotFoundError, OpenAI

client = OpenAI(base_url=sys.argv[1], api_key=sys.argv[2])
asked = {"model": "desk", "messages": [{"role": "user", "content": "hello"}]}
passed = []


def check(name: str, holds: bool) -> None:
    """Note a check, or end with its name."""
    if not holds:
        raise SystemExit(f"openai (Python): {name} failed")
    passed.append(name)


check("models", "desk" in [model.id for model in client.models.list()])
check("chat", client.chat.completions.create(**asked, seed=0).choices[0].message.content == "A plain answer.")
events = list(client.chat.completions.create(**asked, seed=0, stream=True, stream_options={"include_usage": True}))
check("stream", "".join(e.choices[0].delta.content or "" for e in events if e.choices) == "A plain answer.")
check("usage", events[-1].usage.completion_tokens > 0)
check("n", len(client.chat.completions.create(**asked, seed=0, n=2).choices) == 2)
schema = {"type": "object", "properties": {"intent": {"type": "string"}}, "required": ["intent"]}
form = {"type": "json_schema", "json_schema": {"name": "ticket", "schema": schema}}
answer = client.chat.completions.create(**asked, seed=1, response_format=form)
check("json_schema", json.loads(answer.choices[0].message.content) == {"intent": "lost"})
tools = [{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]
call = client.chat.completions.create(**asked, seed=2, tools=tools).choices[0]
check("tools", call.finish_reason == "tool_calls" and call.message.tool_calls[0].function.name == "find")
pieces = client.chat.completions.create(**asked, seed=2, tools=tools, stream=True, n=2,
                                        stream_options={"include_usage": True})
called = [choice for piece in pieces for choice in piece.choices if choice.delta.tool_calls]
check("tools streamed", [(c.delta.tool_calls[0].index, c.delta.tool_calls[0].function.name) for c in called]
      == [(0, "find")])
taken = {"service_tier": "auto", "store": False, "metadata": {"a": "b"}, "reasoning_effort": "low", "top_p": 0,
         "max_completion_tokens": 64, "parallel_tool_calls": True}
check("fields", bool(client.chat.completions.create(**asked, **taken, tools=tools, seed=0).choices[0].message.content))
check("completions", bool(client.completions.create(model="desk", prompt="Once", seed=0).choices[0].text))
try:
    client.chat.completions.create(**{**asked, "model": "nobody"})
except NotFoundError as error:
    check("errors", error.code == "model_not_found")
row = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
file = client.files.create(file=("rows.jsonl", json.dumps(row).encode()), purpose="fine-tune")
job = client.fine_tuning.jobs.create(model=sys.argv[3], training_file=file.id)
check("fine-tuning", client.fine_tuning.jobs.cancel(job.id).status == "cancelled")
check("files", client.files.delete(file.id).deleted)
print(json.dumps(passed))
