"""What may be read and said: personal data and secrets in prompts and answers, masked or refused.

It fails closed: whatever goes wrong in the scanner, the text does not pass.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import cached_property
from typing import Any

from tunewright.engine import Piece, Request
from tunewright.pii import Scanner, Stream, Withheld, make
from tunewright.recipe.pii import PiiSpec
from tunewright.recipe.serve import PolicySpec
from tunewright.serve.problems import Problem

_LONG = 1 << 16  # characters; a longer prompt is scanned on a thread, or all other answers would wait


class Policy:
    """The policy of one release."""

    def __init__(self, spec: PolicySpec) -> None:
        self.keeps_text = spec.audit == "text"
        self.scans = spec.pii != "off"
        self._action = spec.pii

    @cached_property
    def _scanner(self) -> Scanner:
        return make(PiiSpec(action="fail" if self._action == "refuse" else "mask"))

    async def prompt(self, request: Request, found: Counter[str]) -> Request:
        """The request as the model may see it; what was masked is counted in `found`. Raises Problem."""
        if not self.scans:
            return request
        long = sum(map(len, _texts((request.prompt, request.messages)))) > _LONG
        try:
            return await asyncio.to_thread(self._masked, request, found) if long else self._masked(request, found)
        except Withheld as withheld:
            raise Problem(400, f"the request holds personal data or a secret ({withheld.kind}), which does not go to "
                          "the model here: take it out.", code="pii_refused") from withheld

    def _masked(self, request: Request, found: Counter[str]) -> Request:
        return replace(request, prompt=self._safe(request.prompt, found),
                       messages=self._safe(request.messages, found))

    def _safe(self, value: Any, found: Counter[str]) -> Any:
        """`value` with every text in it made safe; a message's role is none."""
        if isinstance(value, str):
            safe, counts = self._scanner.safe(value)
            found.update(counts)
            return safe
        if isinstance(value, Mapping):
            return {key: part if key in ("role", "type") else self._safe(part, found) for key, part in value.items()}
        return type(value)(self._safe(part, found) for part in value) if isinstance(value, list | tuple) else value

    async def answer(self, pieces: AsyncGenerator[Piece, None], found: Counter[str]) -> AsyncGenerator[Piece, None]:
        """The answer as the client may see it. Raises Problem.

        Calls of tools are held until they are whole: a value cut in two pieces of JSON would pass unseen.
        """
        stream = Stream(self._scanner)
        calls: list[Mapping[str, Any]] = []
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    calls += (piece.more or {}).get("tool_calls", ())
                    text = stream.feed(piece.text)
                    if piece.finish:
                        text += stream.end()
                        more = {"tool_calls": self._safe(joined(calls), found)} if calls else None
                        found.update(stream.counts)
                        yield replace(piece, text=text, more=more)
                        return
                    if text:
                        yield replace(piece, text=text, more=None)
        except Withheld as withheld:
            raise Problem(422, f"the answer held personal data or a secret ({withheld.kind}), which is not given "
                          "here.", code="pii_withheld") from withheld


def joined(calls: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Calls of tools that came in parts, whole, by their index."""
    whole: dict[int, dict[str, Any]] = {}
    for number, part in enumerate(calls):
        index = part.get("index", number)
        call = whole.setdefault(index, {"index": index, "type": "function", "function": {"name": "", "arguments": ""}})
        call |= {key: value for key, value in part.items() if key not in ("function", "index") and value}
        for key, value in (part.get("function") or {}).items():
            call["function"][key] = (call["function"].get(key) or "") + (value or "")
    return [whole[index] for index in sorted(whole)]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part)
