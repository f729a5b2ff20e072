"""From the fields of a row to what an example says: one function per format.

Each function returns the filled fields of an Example (`messages`, `tools`, `text`, or `prompt`, `chosen`,
`rejected`) or raises Unusable with the field and the reason. Nothing is guessed silently.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tunewright.data.messages import Unusable, call, conversation, many, objects, readable, text, turns
from tunewright.data.nearest import did_you_mean
from tunewright.data.strict_json import loads
from tunewright.recipe import ColumnsSpec, TextSpec
from tunewright.recipe.source import Format

Fields = Mapping[str, Any]
Content = dict[str, Any]

_SPEAKERS = {"human": "user", "user": "user", "gpt": "assistant", "chatgpt": "assistant", "assistant": "assistant",
             "system": "system", "tool": "tool", "observation": "tool", "function_response": "tool",
             "function_call": "assistant"}


def chat(fields: Fields) -> Content:
    """`messages`: a list of {role, content, …} that ends with the assistant; `tools`: a list of definitions."""
    return {"messages": _dialogue(_need(fields, "messages"), "messages"), "tools": objects(fields, "tools")}


def sharegpt(fields: Fields) -> Content:
    """`conversations`: a list of {from, value}; `system` and `tools` beside it where present."""
    turns_ = []
    for number, turn in enumerate(many(_need(fields, "conversations"), "conversations")):
        place = f"conversations[{number}]"
        speaker = turn.get("from") if isinstance(turn, Mapping) else None
        if not isinstance(speaker, str) or speaker not in _SPEAKERS:
            raise Unusable(place, f"`from` is {speaker!r}{did_you_mean(str(speaker), _SPEAKERS)}; "
                                  f"known are {', '.join(_SPEAKERS)}")
        if speaker == "function_call":
            turns_.append({"role": "assistant", "tool_calls": _calls(turn.get("value"), place)})
        else:
            turns_.append({"role": _SPEAKERS[speaker], "content": turn.get("value")})
    said = _system(fields) + turns_
    return {"messages": _dialogue(said, "conversations"), "tools": objects(fields, "tools")}


def alpaca(fields: Fields) -> Content:
    """`instruction`, optional `input` (put below it), `output`; `system` and `history` ([[asked, answered], …])."""
    said = _system(fields)
    for number, pair in enumerate(many(fields.get("history") or [], "history")):
        if not isinstance(pair, list) or len(pair) != 2:
            raise Unusable(f"history[{number}]", "is not a pair of question and answer")
        said += [{"role": "user", "content": pair[0]}, {"role": "assistant", "content": pair[1]}]
    asked = text(_need(fields, "instruction"), "instruction")
    if fields.get("input"):
        asked = f"{asked}\n\n{text(fields['input'], 'input')}"
    said += turns(asked, text(_need(fields, "output"), "output"))
    return {"messages": conversation(said, "history")}


def columns(spec: ColumnsSpec, fields: Fields) -> Content:
    """One question and its answer, by column; an answer that is a JSON object is written as compact JSON."""
    asked = text(_need(fields, spec.prompt), spec.prompt)
    answered = compact(text(_need(fields, spec.response), spec.response))
    return {"messages": turns(asked, readable(answered, spec.response))}


def plain(spec: TextSpec, fields: Fields) -> Content:
    """Raw text."""
    return {"text": text(_need(fields, spec.text), spec.text)}


def preference(fields: Fields) -> Content:
    """`chosen` and `rejected` answers to one `prompt`: texts, or lists of messages.

    Messages may repeat the prompt; without a `prompt` it is what both conversations begin with.
    """
    chosen, rejected = (_side(_need(fields, name), name) for name in ("chosen", "rejected"))
    if fields.get("prompt"):
        prompt = _asked(fields["prompt"])
        chosen, rejected = (side[len(prompt):] if side[:len(prompt)] == prompt else side
                            for side in (chosen, rejected))
    else:
        shared = next((at for at, (one, other) in enumerate(zip(chosen, rejected, strict=False)) if one != other),
                      min(len(chosen), len(rejected)))
        prompt, chosen, rejected = chosen[:shared], chosen[shared:], rejected[shared:]
    if chosen == rejected:
        raise Unusable("rejected", "is the same as `chosen`, so it prefers nothing")
    if not prompt:
        raise Unusable("prompt", "is missing")
    for name, side in (("chosen", chosen), ("rejected", rejected)):
        conversation([*prompt, *side], name)
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected}


KINDS: dict[str, Callable[[Fields], Content]] = {
    "chat": chat, "sharegpt": sharegpt, "alpaca": alpaca, "preference": preference,
    "text": lambda fields: plain(TextSpec(), fields),
}

_NEEDED = {"chat": ("messages",), "sharegpt": ("conversations",), "alpaca": ("instruction", "output"),
           "preference": ("chosen", "rejected"), "text": ("text",)}


def needed(format: Format) -> tuple[str, ...]:
    """The columns without which no row of this format can be used."""
    if isinstance(format, ColumnsSpec):
        return (format.prompt, format.response)
    return (format.text,) if isinstance(format, TextSpec) else _NEEDED[format]


def interpret(format: Format, fields: Fields) -> Content:
    """What a row says in this format. Raises Unusable."""
    if isinstance(format, ColumnsSpec):
        return columns(format, fields)
    return plain(format, fields) if isinstance(format, TextSpec) else KINDS[format](fields)


def with_system(content: Content, system: str | None) -> Content:
    """`content` with a system prompt before a conversation that has none."""
    name = "messages" if content.get("messages") else "prompt"
    said = content.get(name)
    if not system or not said or said[0]["role"] == "system":
        return content
    return {**content, name: ({"role": "system", "content": system}, *said)}


def compact(answer: str) -> str:
    """`answer`; if it is a JSON object, without spaces between its parts, keys in their order."""
    if not answer.lstrip().startswith("{"):
        return answer
    try:
        return json.dumps(loads(answer), ensure_ascii=False, separators=(",", ":"))
    except ValueError:  # no JSON, or JSON that would be another text when written again (a key twice, NaN)
        return answer


def _dialogue(value: Any, field: str) -> tuple[dict[str, Any], ...]:
    said = conversation(value, field)
    if not any(turn["role"] == "user" for turn in said):
        raise Unusable(field, "holds no user turn")
    return said


def _need(fields: Fields, name: str) -> Any:
    if name not in fields:
        raise Unusable(name, f"is missing{did_you_mean(name, fields)}")
    if fields[name] is None:
        raise Unusable(name, "is empty")
    return fields[name]


def _system(fields: Fields) -> list[dict[str, Any]]:
    return [{"role": "system", "content": fields["system"]}] if fields.get("system") else []


def _asked(value: Any) -> tuple[dict[str, Any], ...]:
    if isinstance(value, str) and not value.lstrip().startswith("["):
        return ({"role": "user", "content": text(value, "prompt")},)
    return conversation(many(value, "prompt"), "prompt", answered=False)


def _side(value: Any, name: str) -> tuple[dict[str, Any], ...]:
    if isinstance(value, str):
        return ({"role": "assistant", "content": text(value, name)},)
    return conversation(many(value, name), name)


def _calls(value: Any, place: str) -> list[dict[str, Any]]:
    """Tool calls of a sharegpt `function_call`: JSON {name, arguments}, or a list of them."""
    try:
        called = loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise Unusable(place, "is a function_call whose value is not JSON") from error
    return [call({"function": one}, place) for one in (called if isinstance(called, list) else [called])]
