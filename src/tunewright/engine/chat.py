"""The only place a chat template is rendered: what training learns is, token for token, what serving sends.

Hub templates seldom mark which tokens the assistant wrote. So an assistant turn is found by rendering the
conversation up to it (with the generation prompt) and through it: what lies between is what the assistant says,
and its end-of-turn token is where it learns to stop.

What a message says never becomes a special token: one that stands in its text is read as ordinary characters, so
nobody can forge the end of a turn or the start of another.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal

from tunewright.core.errors import Fault

Messages = Sequence[Mapping[str, Any]]
Tools = Sequence[Mapping[str, Any]]
Turns = Literal["all", "last"]

_PROBE = "probe"
_MARK = "\ufdd0"  # a noncharacter, which no text may hold: it marks where a forged special token is to be broken


@dataclass(frozen=True)
class Rendered:
    """Token ids of a conversation and, for each, whether it is supervised (what the assistant writes)."""

    ids: list[int]
    mask: list[bool]


@dataclass(frozen=True)
class _Text:
    """A rendered conversation, and the positions that no token may reach over."""

    text: str
    cuts: tuple[int, ...]


@dataclass(frozen=True)
class _Turn:
    """One assistant turn, in characters of the whole rendering: from `start` to `end`."""

    start: int
    end: int


class Chat:
    """A tokenizer's chat format. Raises Fault if the tokenizer has no template or cannot give offsets."""

    def __init__(self, tokenizer: Any) -> None:
        if not tokenizer.chat_template:
            raise Fault("this base has no chat template, so it is not known how its conversations look: take the "
                        "base's instruct version, or put a chat_template.jinja into a local copy of the base.")
        if not tokenizer.is_fast:
            raise Fault("this base has only a slow tokenizer, which cannot tell where a token begins: save it again "
                        "with a tokenizer.json (AutoTokenizer.from_pretrained(…).save_pretrained(…)).")
        self.tokenizer = tokenizer

    def render(self, messages: Messages, tools: Tools | None = None, *, prompt: bool = False) -> str:
        """The conversation as text; with `prompt`, followed by what opens an assistant turn.

        Raises Fault if the template refuses the conversation (an unknown role, two turns of one role, …).
        """
        return self._render(messages, tools, prompt).text

    def _render(self, messages: Messages, tools: Tools | None, prompt: bool) -> _Text:
        from jinja2 import TemplateError

        try:
            marked: str = self.tokenizer.apply_chat_template(
                [self._guarded(_plain(message)) for message in messages],
                tools=[self._guarded(dict(tool)) for tool in tools] if tools else None,
                tokenize=False, add_generation_prompt=prompt)
        except (TemplateError, TypeError, KeyError, ValueError, RecursionError) as error:
            raise Fault(f"the base's chat template refuses a conversation of {_roles(messages)} ({error}): "
                        "change the records' roles, or take a base whose template knows them.") from error
        return _split(marked)

    def _guarded(self, value: Any) -> Any:
        """`value` with a mark inside every special token that its strings hold (all but the role's)."""
        if isinstance(value, str):
            return self._forged.sub(lambda found: found[0][0] + _MARK + found[0][1:], value.replace(_MARK, ""))
        if isinstance(value, Mapping):
            return {key: part if key == "role" else self._guarded(part) for key, part in value.items()}
        return [self._guarded(part) for part in value] if isinstance(value, list | tuple) else value

    def prompt_ids(self, messages: Messages, tools: Tools | None = None) -> list[int]:
        """Token ids that ask the model for the next assistant turn."""
        rendered = self._render(messages, tools, prompt=True)
        starts = self._starts(rendered.text, messages, tools)
        return [token for token, _, _ in self._tokens(rendered, starts)]

    def example_ids(self, messages: Messages, tools: Tools | None = None, turns: Turns = "all") -> Rendered:
        """Token ids of a conversation to learn from, supervised on all assistant turns or the last.

        Raises Fault if there is no assistant turn, or if what leads to a turn is not a prefix of the rendering.
        """
        rendered = self._render(messages, tools, prompt=False)
        spans = self._spans(rendered.text, messages, tools, turns)
        starts = [span.start for span in spans] if turns == "all" else self._starts(rendered.text, messages, tools)
        tokens = list(self._tokens(rendered, starts))
        mask = [False] * len(tokens)
        for span in spans:
            inside = [at for at, (_, start, end) in enumerate(tokens) if start >= span.start and end <= span.end]
            stops = [at for at in inside if tokens[at][0] in self.stop_ids]
            last = stops[-1] if stops else (inside[-1] if inside else -1)
            for at in inside:
                mask[at] = at <= last
        return Rendered([token for token, _, _ in tokens], mask)

    def text_ids(self, text: str) -> Rendered:
        """Token ids of raw text, every one supervised, closed by the end-of-text token if there is one."""
        ids = [token for token, _, _ in self._tokens(_split(self._guarded(text)), ())]
        if self.tokenizer.eos_token_id is not None:
            ids.append(self.tokenizer.eos_token_id)
        return Rendered(ids, [True] * len(ids))

    @cached_property
    def stop_ids(self) -> frozenset[int]:
        """Tokens that end a turn: the end-of-text token and the special token the template writes after one."""
        asked = ({"role": "user", "content": _PROBE},)
        answered = self.render((*asked, {"role": "assistant", "content": _PROBE}))
        tail = answered[answered.rfind(_PROBE) + len(_PROBE):]
        added = set(self.tokenizer.get_added_vocab().values())
        first = next((token for token in self._encode(tail)["input_ids"] if token in added), None)
        return frozenset(token for token in (self.tokenizer.eos_token_id, first) if token is not None)

    @cached_property
    def pad_id(self) -> int:
        """The token that fills up a row: never attended to, never supervised."""
        pad = self.tokenizer.pad_token_id
        return int(pad if pad is not None else next(iter(sorted(self.stop_ids)), 0))

    def decode(self, ids: Iterable[int]) -> str:
        """Text of generated tokens, without the end-of-turn token and other special tokens."""
        text: str = self.tokenizer.decode([token for token in ids if token not in self.stop_ids],
                                          skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text

    def ends_supervised(self, rendered: Rendered) -> bool:
        """Whether every supervised stretch closes with an end-of-turn token, so that the model learns to stop."""
        following = [*rendered.mask[1:], False]
        closing = [token for token, on, after in zip(rendered.ids, rendered.mask, following, strict=True)
                   if on and not after]
        return bool(closing) and all(token in self.stop_ids for token in closing)

    def role_tokens(self, messages: Messages) -> tuple[str, ...]:
        """Special tokens that stand in the content of messages, where they would forge a turn; sorted."""
        contents = [text for message in messages for text in _strings(message.get("content"))]
        return tuple(sorted({token for text in contents for token in self._forged.findall(text)}))

    def same_prompt(self, messages: Messages, tools: Tools | None, rendered: Rendered, turns: Turns = "all") -> bool:
        """Whether the tokens before each learned turn are exactly those that serving would send for it."""
        starts = [at for at, (before, on) in enumerate(zip([False, *rendered.mask], rendered.mask, strict=False))
                  if on and not before]
        return all(self.prompt_ids(messages[:number], tools) == rendered.ids[:start]
                   for number, start in zip(_answers(messages, turns), starts, strict=True))

    @cached_property
    def _forged(self) -> re.Pattern[str]:
        """What in a message's text would read as a special token."""
        special = {token.content for token in self.tokenizer.added_tokens_decoder.values() if token.special}
        longest_first = sorted((token for token in special if len(token) > 1), key=lambda token: (-len(token), token))
        return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def _encode(self, text: str) -> Any:
        return self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)

    def _tokens(self, rendered: _Text, starts: Iterable[int]) -> Iterator[tuple[int, int, int]]:
        """(id, start, end) of every token, cut where one would reach over a cut or the start of an answer."""
        text, cuts = rendered.text, sorted({*rendered.cuts, *starts})
        encoded = self._encode(text)
        tokens = list(zip(encoded["input_ids"], encoded["offset_mapping"], strict=True))
        cuts = [at for at in cuts if any(start < at < end for _, (start, end) in tokens)]
        for begin, stop in zip([0, *cuts], [*cuts, len(text)], strict=True):
            piece = self._encode(text[begin:stop]) if cuts else encoded
            for token, (start, end) in zip(piece["input_ids"], piece["offset_mapping"], strict=True):
                yield token, begin + start, begin + end

    def _starts(self, text: str, messages: Messages, tools: Tools | None) -> list[int]:
        """Where, in characters of `text`, each assistant turn's answer begins, if its prompt leads there."""
        prompts = [self.render(messages[:number], tools, prompt=True) for number in _answers(messages, "all")]
        return [len(before) for before in prompts if text.startswith(before)]

    def _spans(self, text: str, messages: Messages, tools: Tools | None, turns: Turns) -> list[_Turn]:
        numbers = _answers(messages, turns)
        if not numbers:
            raise Fault(f"a conversation of {_roles(messages)} has no assistant turn to learn from: "
                        "add the answer, or remove the record.")
        spans = []
        for number in numbers:
            before = self.render(messages[:number], tools, prompt=True)
            through = text if number == len(messages) - 1 else self.render(messages[:number + 1], tools)
            if not text.startswith(before) or not text.startswith(through) or len(through) <= len(before):
                raise Fault(f"the base's chat template rewrites what comes before turn {number + 1} of a conversation "
                            f"of {_roles(messages)}, so training would see other tokens than serving: "
                            "set `turns: last`, split the conversation, or mend the template.")
            spans.append(_Turn(len(before), len(through)))
        return spans


def _split(marked: str) -> _Text:
    """The text without its marks, and where they stood."""
    pieces = marked.split(_MARK)
    return _Text("".join(pieces), tuple(accumulate(map(len, pieces[:-1]))))


def _answers(messages: Messages, turns: Turns) -> list[int]:
    """Indices of the assistant turns that are learned."""
    numbers = [at for at, message in enumerate(messages) if message["role"] == "assistant" and at > 0]
    return numbers if turns == "all" else numbers[-1:]


def _roles(messages: Messages) -> str:
    return " → ".join(str(message.get("role")) for message in messages) or "no messages"


def _plain(message: Mapping[str, Any]) -> dict[str, Any]:
    """The message as templates expect it: no empty keys, tool arguments as an object, content a string at least."""
    plain = {key: value for key, value in message.items() if value is not None}
    plain.setdefault("content", "")
    if plain.get("tool_calls"):
        plain["tool_calls"] = [_call(call) for call in plain["tool_calls"]]
    return plain


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    """A tool call whose arguments are an object: the API writes them as a JSON string, templates want the object."""
    function = dict(call.get("function", {}))
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            function["arguments"] = json.loads(arguments or "{}")  # some write none for a function that takes none
            json.dumps(function["arguments"], ensure_ascii=False).encode()  # half a character is no text
        except (ValueError, RecursionError) as error:
            raise Fault(f"a tool call to {function.get('name')!r} has arguments that are not JSON "
                        f"({_reason(error)}): write them as a JSON object.") from error
    return {**call, "function": function}


def _reason(error: ValueError | RecursionError) -> str:
    """What is wrong with arguments, without their words."""
    told = {RecursionError: "nested too deep", UnicodeEncodeError: "half a character"}
    return error.msg if isinstance(error, json.JSONDecodeError) else told.get(type(error), "a number too long")


def _strings(content: Any) -> Iterator[str]:
    """The texts of a message's content: itself, or those of its parts."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Sequence):
        yield from (part["text"] for part in content if isinstance(part, Mapping) and isinstance(part.get("text"), str))
