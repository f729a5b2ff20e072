"""An engine without a model: its answers are known beforehand, for tests, measurements and first steps."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from tunewright.core.errors import Fault
from tunewright.engine.engine import Completion, Finish, Piece, Refused, Request


class FakeEngine:
    """Answers `PIECES` words, and each names the model it comes from, so a mixed answer would show.

    `delay` is the wait before each piece, in seconds. With `answers` it says those instead: the one that the
    request's `seed` counts to, around and around.
    """

    PIECES = 8
    offers: frozenset[str] = frozenset()

    def __init__(self, delay: float = 0.0, answers: Sequence[str] = ()) -> None:
        self.delay = delay
        self._answers = tuple(answers)
        self._held: frozenset[str] = frozenset()

    def load(self, model_digest: str, folder: Path, adapter: bool) -> None:  # noqa: ARG002 - any layout will do
        """Hold a digest. Raises Fault if the folder is empty or missing."""
        if not folder.is_dir() or not any(folder.iterdir()):
            raise Fault(f"model {model_digest[:6]} has no files in {folder}: make it again.")
        self._held |= {model_digest}

    def unload(self, model_digest: str) -> None:
        """Let a digest go."""
        self._held -= {model_digest}

    def resident(self) -> frozenset[str]:
        """Digests held."""
        return self._held

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """All answers, without delay."""
        return [self._complete(request) for request in requests]

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """The same answer, piece by piece."""
        pieces, finish = self._pieces(request)
        tokens_in = _tokens(request)
        for index, text in enumerate(pieces):
            await asyncio.sleep(self.delay)
            last = index == len(pieces) - 1
            yield Piece(text, finish if last else None, tokens_in, index + 1)

    def close(self) -> None:
        """Nothing to stop."""

    def _complete(self, request: Request) -> Completion:
        started = time.perf_counter()
        pieces, finish = self._pieces(request)
        return Completion("".join(pieces), _tokens(request), len(pieces), finish, time.perf_counter() - started)

    def _pieces(self, request: Request) -> tuple[list[str], Finish]:
        """The answer in pieces of about a token, and how it ends."""
        if request.model is not None and request.model not in self._held:
            raise Refused(f"model {request.model[:6]} is not loaded: load it first.")
        pieces = [word(request.model, index) for index in range(self.PIECES)]
        if self._answers:
            pieces = re.findall(r"\s*\S+|\s+$", self._answers[(request.seed or 0) % len(self._answers)]) or [""]
        return pieces[:request.new_tokens], "stop" if request.new_tokens >= len(pieces) else "length"


def word(model_digest: str | None, index: int) -> str:
    """Piece number `index` of the answer that `model_digest` gives to anything."""
    return f"{(model_digest or 'base')[:12]}:{index} "


def _tokens(request: Request) -> int:
    """Words asked: the fake's idea of tokens."""
    texts = [request.prompt or "", *(str(message.get("content") or "") for message in request.messages or ())]
    return sum(len(text.split()) for text in texts)
