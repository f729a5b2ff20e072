"""What may be read and said: personal data and secrets in prompts and answers, masked or refused.

It fails closed: whatever goes wrong in the scanner, the text does not pass.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
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

    async def prompt(self, request: Request, found: dict[str, int]) -> Request:
        """The request as the model may see it; what was masked is counted in `found`. Raises Problem."""
        if not self.scans:
            return request
        long = sum(len(message.get("content") or "") for message in request.messages or ()) > _LONG or (
            len(request.prompt or "") > _LONG)
        try:
            if long:
                return await asyncio.to_thread(self._masked, request, found)
            return self._masked(request, found)
        except Withheld as withheld:
            raise Problem(400, f"the request holds personal data or a secret ({withheld.kind}), which does not go to "
                          "the model here: take it out.", code="pii_refused") from withheld

    def _masked(self, request: Request, found: dict[str, int]) -> Request:
        if request.messages is None:
            safe = self._text(request.prompt or "", found)
            return replace(request, prompt=safe) if found else request
        messages = tuple(self._safe(message, found) for message in request.messages)
        return replace(request, messages=messages) if found else request

    def _safe(self, value: Any, found: dict[str, int]) -> Any:
        """`value` with every text in it made safe; a message's role is none."""
        if isinstance(value, str):
            return self._text(value, found)
        if isinstance(value, dict):
            return {key: part if key in ("role", "type") else self._safe(part, found) for key, part in value.items()}
        return type(value)(self._safe(part, found) for part in value) if isinstance(value, list | tuple) else value

    def _text(self, text: str, found: dict[str, int]) -> str:
        spans = self._scanner.find(text)
        for span in spans:
            found[span.kind] = found.get(span.kind, 0) + 1
        return self._scanner.replaced(text, spans) if spans else text

    async def answer(self, pieces: AsyncGenerator[Piece, None], found: dict[str, int]) -> AsyncGenerator[Piece, None]:
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
                        for kind, number in stream.counts.items():
                            found[kind] = found.get(kind, 0) + number
                        yield replace(piece, text=text, more=self._calls(calls, found))
                        return
                    if text:
                        yield replace(piece, text=text, more=None)
        except Withheld as withheld:
            raise _withheld(withheld) from withheld

    def whole(self, piece: Piece, found: dict[str, int]) -> Piece:
        """A whole answer as the client may see it. Raises Problem."""
        try:
            text = self._text(piece.text, found)
            more = self._calls((piece.more or {}).get("tool_calls", ()), found)
        except Withheld as withheld:
            raise _withheld(withheld) from withheld
        return piece if text is piece.text and piece.more is more else replace(piece, text=text, more=more)

    def _calls(self, calls: Sequence[Mapping[str, Any]], found: dict[str, int]) -> dict[str, Any] | None:
        return {"tool_calls": self._safe(joined(calls), found)} if calls else None


def _withheld(withheld: Withheld) -> Problem:
    return Problem(422, f"the answer held personal data or a secret ({withheld.kind}), which is not given here.",
                   code="pii_withheld")


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
