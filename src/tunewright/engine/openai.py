"""The engine at the other end of a wire: any server that speaks OpenAI's API."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.engine.endpoint import Caller, Endpoint
from tunewright.engine.engine import Completion, Finish, Piece, Refused, Request


class OpenAiEngine:
    """Asks one model of an endpoint, up to `concurrency` requests at once. The endpoint holds its own models."""

    offers: frozenset[str] = frozenset()

    def __init__(self, endpoint: Endpoint, concurrency: int = 8, wait: Callable[[float], None] = time.sleep) -> None:
        self._model = endpoint.model
        self._caller = Caller(endpoint, wait)
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="tunewright-ask")
        self._longest = "max_tokens"

    def load(self, model_digest: str, folder: Path, adapter: bool) -> None:  # noqa: ARG002 - the protocol's
        """Raises Fault: nothing can be loaded over the wire."""
        raise Fault(f"model {model_digest[:6]} cannot be loaded into an endpoint: use engine `hf`.")

    def unload(self, model_digest: str) -> None:
        """Nothing is held."""

    def resident(self) -> frozenset[str]:
        """Nothing is held."""
        return frozenset()

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """All answers, in order. Raises Refused for a request at fault, Fault if the endpoint fails for good."""
        asked = [self._pool.submit(self._complete, request) for request in requests]
        try:
            return [one.result() for one in asked]
        finally:
            for one in asked:
                one.cancel()

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """The answer as it grows."""
        path, body = self._body(request)
        options = {"stream": True, "stream_options": {"include_usage": True}}
        usage: dict[str, Any] = {}
        pieces, finish = 0, None
        async with self._caller.stream(path, body | options) as events:
            async for event in events:
                usage = event.get("usage") or usage
                for choice in event.get("choices") or ():
                    finish = _finish(choice) or finish
                    if text := _text(choice, "delta"):
                        pieces += 1
                        yield Piece(text, None, 0, pieces)
        yield Piece("", finish or "stop", _count(usage, "prompt_tokens"),
                    _count(usage, "completion_tokens") or pieces)

    def close(self) -> None:
        """Give the threads and connections back."""
        self._pool.shutdown(cancel_futures=True)
        self._caller.close()

    def _complete(self, request: Request) -> Completion:
        began = time.perf_counter()
        path, body = self._body(request)
        try:
            answer = self._caller.post(path, body)
        except Refused as refused:
            # Newer models know the limit by another name and refuse the old one; older servers know only the old.
            if "max_completion_tokens" not in str(refused) or "max_tokens" not in body:
                raise
            self._longest = "max_completion_tokens"
            answer = self._caller.post(*self._body(request))
        choices = answer.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise Fault("the endpoint's answer holds no choice: check that `url` speaks OpenAI's API.")
        usage = answer.get("usage") or {}
        return Completion(_text(choices[0], "message"), _count(usage, "prompt_tokens"),
                          _count(usage, "completion_tokens"), _finish(choices[0]) or "stop",
                          time.perf_counter() - began)

    def _body(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Where to post, and what. Raises Refused for a model by digest: an endpoint knows names only."""
        if request.model is not None:
            raise Refused(f"model {request.model[:6]} is not at the endpoint: ask engine `hf`.")
        body: dict[str, Any] = {"model": self._model, "temperature": request.temperature}
        chat = request.messages is not None
        body |= {"messages": list(request.messages or ())} if chat else {"prompt": request.prompt}
        body[self._longest if chat else "max_tokens"] = request.new_tokens
        body |= {"top_p": request.top_p} if request.top_p != 1 else {}
        body |= {"stop": list(request.stop)} if request.stop else {}
        body |= {"seed": request.seed} if request.seed is not None else {}
        body |= {"tools": list(request.tools)} if request.tools else {}
        return ("chat/completions" if chat else "completions"), body


def _text(choice: dict[str, Any], part: str) -> str:
    """The text of a choice: of a conversation under `part`, of raw text beside it; empty for a bare tool call."""
    said = choice.get(part)
    text = said.get("content") if isinstance(said, dict) else choice.get("text")
    return text if isinstance(text, str) else ""


def _finish(choice: dict[str, Any]) -> Finish | None:
    """Why the answer ended; None while it has not. Raises Refused if the endpoint held it back."""
    reason = choice.get("finish_reason")
    if reason == "content_filter":
        raise Refused("the endpoint's filter held the answer back: change the prompt.")
    if reason is None:
        return None
    return "length" if reason == "length" else "stop"


def _count(usage: Any, name: str) -> int:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) else 0
