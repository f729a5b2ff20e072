"""Calls of tools: how a base's template writes them, and how they are read out of what a model wrote.

Open models write a call as an object with `name` and `arguments` (Llama 3: `parameters`), between marks of their own:
`<tool_call>…</tool_call>` for Hermes and Qwen, none for Llama 3. The one reading here is that of serving and of
evaluation. What is no call of a known tool stays text.
"""

import json
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from tunewright.core.errors import Fault
from tunewright.engine.chat import Chat

OPEN = "<tool_call>"
_MAY_BEGIN = re.compile(r"\{\s*(?:\"|\Z)")
_NAMES = ("probe_one", "probe_two")
_ARGUMENTS = {"probe": 1}
_ASKED = {"role": "user", "content": "?"}


@dataclass(frozen=True)
class Call:
    """A call that a model wrote: which tool, with what, and where in the text it stands."""

    name: str
    arguments: dict[str, Any]
    start: int


def read(text: str, known: Container[str]) -> list[Call]:
    """The calls of known tools in a whole answer, in their order, whatever marks stand around them."""
    return [call for start, value in _objects(text) if (call := _call(value, known, start))]


def before(text: str, call: Call) -> str:
    """What an answer says before its first call, without the mark that opens it."""
    return text[:call.start].rstrip().removesuffix(OPEN).rstrip()


def certain(text: str, known: Container[str]) -> int:
    """How many characters of a growing answer are text whatever comes: nothing there may become a call."""
    upto = len(text)
    for start, value in _objects(text, unread=True):
        if value is None or _call(value, known, start):
            upto = start
            break
    opened = text.find(OPEN, 0, upto)
    if opened < 0:
        opened = upto - next((length for length in range(min(len(OPEN), upto), 0, -1)
                              if text.endswith(OPEN[:length], 0, upto)), 0)
    return len(text[:opened].rstrip())


@dataclass(frozen=True)
class Marks:
    """What stands around names and arguments: `head` NAME `middle` ARGUMENTS `tail`, and `join` in place of a tail and
    the next head. No `join`: the template writes one call at most."""

    head: str = '{"name": "'
    middle: str = '", "arguments": '
    tail: str = "}"
    join: str | None = None

    def written(self, name: str, arguments: str) -> str:
        """One call."""
        return f"{self.head}{name}{self.middle}{arguments}{self.tail}"


def marks(chat: Chat) -> Marks:
    """How the base's template writes calls, seen on probes; a bare object if it writes none that can be read."""
    for count in (2, 1):
        found = _seen(_turn(chat, _NAMES[:count]), count, special(chat))
        if found and [(call.name, call.arguments) for call in read(found.written("f", "{}"), ("f",))] == [("f", {})]:
            return found
    return Marks()


def special(chat: Chat) -> dict[str, int]:
    """The tokenizer's special tokens, by their text."""
    return {token.content: number for number, token in chat.tokenizer.added_tokens_decoder.items() if token.special}


def _turn(chat: Chat, names: tuple[str, ...]) -> str:
    """An assistant's turn that calls probes; empty if the template shows none."""
    calls = [{"id": f"call{at:05d}", "type": "function", "function": {"name": name, "arguments": _ARGUMENTS}}
             for at, name in enumerate(names)]  # nine letters and digits, as Mistral wants them
    tools = [{"type": "function", "function": {"name": name, "description": "", "parameters": {"type": "object"}}}
             for name in names]
    try:
        asked = chat.render([_ASKED], tools, prompt=True)
        answered = chat.render([_ASKED, {"role": "assistant", "content": "", "tool_calls": calls}], tools)
    except Fault:
        return ""
    return answered[len(asked):] if answered.startswith(asked) else ""


def _seen(turn: str, count: int, specials: Iterable[str]) -> Marks | None:
    """Marks as they stand in a turn of so many calls; None if it does not hold them all."""
    places, at = [], 0
    for name in _NAMES[:count]:
        named = turn.find(name, at)
        start = turn.find("{", named)
        try:
            value, at = json.JSONDecoder().raw_decode(turn, start) if 0 <= named < start else (None, 0)
        except ValueError:
            return None
        if value != _ARGUMENTS:
            return None
        places.append((named, named + len(name), start, at))
    named, name_end, start, end = places[0]
    tail = turn[places[-1][3]:]
    ends = [at for token in specials if (at := tail.find(token)) >= 0]
    return Marks(turn[:named], turn[name_end:start], tail[:min(ends, default=len(tail))].rstrip(),
                 turn[end:places[1][0]] if count > 1 else None)


def _objects(text: str, *, unread: bool = False) -> Iterator[tuple[int, Any]]:
    """Where JSON objects stand, outside one another, and their values; if `unread`, None for what may become one."""
    decoder, at = json.JSONDecoder(parse_constant=_no_number), 0
    while (at := text.find("{", at)) >= 0:
        start = at
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            if unread and _MAY_BEGIN.match(text, start):
                yield start, None
            continue
        yield start, value


def _call(value: Any, known: Container[str], start: int) -> Call | None:
    """The call that an object is, if it is one of a tool that is known."""
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments, parse_constant=_no_number)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value.get("name"), str) or value["name"] not in known or not isinstance(arguments, dict):
        return None
    return Call(value["name"], arguments, start)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")
