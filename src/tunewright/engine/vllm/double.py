"""A stand-in for a vLLM server, for tests and measurements where vLLM cannot run: its routes, and its faults.

    python -m tunewright.engine.vllm.double --port 8100 [--served-model-name base] [--delay 0.02] [--max-loras 8]

What it says is made of the digest of the adapter's bytes as they were when it loaded them, so that an answer of another
version shows. Like vLLM in 2026 (entrypoints/openai/models/serving.py; issue 42125) it

- keeps cached prefixes by an adapter's *name*: bytes that are loaded under a name that was used before, in place or
  after an unload, answer a prompt that was asked before with what the old bytes made of it;
- forgets a name at unload, and none of its cached prefixes;
- refuses to load a name that it holds (400), and to unload one that it does not (404);
- knows nothing of what it held once it is started again;
- has no such routes at all unless VLLM_ALLOW_RUNTIME_LORA_UPDATING is set.
"""

import argparse
import asyncio
import hashlib
import json
import os
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

WORDS = 32
"""Words of an answer, if no fewer are asked for."""
ALLOW = "VLLM_ALLOW_RUNTIME_LORA_UPDATING"


@dataclass
class _Adapter:
    number: int
    path: str
    content: str


@dataclass
class Double:
    """One server's state."""

    model: str = "base"
    delay: float = 0.0
    most: int = 8
    adapters: dict[str, _Adapter] = field(default_factory=dict)
    prefixes: dict[tuple[str, str], str] = field(default_factory=dict)
    numbers: int = 0
    asked: int = 0

    def app(self) -> Starlette:
        """Its ASGI application."""
        changing = [Route("/v1/load_lora_adapter", self._load, methods=["POST"]),
                    Route("/v1/unload_lora_adapter", self._unload, methods=["POST"])] if os.environ.get(ALLOW) else []
        return Starlette(routes=[
            *changing, Route("/health", self._health), Route("/metrics", self._metrics),
            Route("/v1/models", self._models),
            Route("/v1/chat/completions", self._chat, methods=["POST"]),
            Route("/v1/completions", self._text, methods=["POST"])])

    async def _load(self, request: Request) -> Response:
        told = await request.json()
        name, path = told.get("lora_name"), told.get("lora_path")
        if not name or not path:
            return _error(400, "InvalidUserInput", "Both 'lora_name' and 'lora_path' must be provided.")
        before = self.adapters.get(name)
        if before and not told.get("load_inplace"):
            return _error(400, "InvalidUserInput", f"The lora adapter '{name}' has already been loaded. If you want to "
                          "load the adapter in place, set 'load_inplace' to True.")
        if not (Path(path) / "adapter_config.json").is_file():
            return _error(404, "NotFoundError", f"Loading lora {name} failed: No adapter found for {path}")
        if not before:
            self.numbers += 1
        self.adapters[name] = _Adapter(before.number if before else self.numbers, path, content(Path(path)))
        return PlainTextResponse(f"Success: LoRA adapter '{name}' added successfully.")

    async def _unload(self, request: Request) -> Response:
        name = (await request.json()).get("lora_name")
        if not name:
            return _error(400, "InvalidUserInput", "'lora_name' needs to be provided to unload a LoRA adapter.")
        if name not in self.adapters:
            return _error(404, "NotFoundError", f"The lora adapter '{name}' cannot be found.")
        del self.adapters[name]
        return PlainTextResponse(f"Success: LoRA adapter '{name}' removed successfully.")

    async def _models(self, _request: Request) -> Response:
        cards = [(self.model, self.model, None), *((name, one.path, self.model) for name, one in self.adapters.items())]
        return JSONResponse({"object": "list", "data": [
            {"id": name, "root": root, "parent": parent, "object": "model", "created": int(time.time()),
             "owned_by": "vllm"} for name, root, parent in cards]})

    async def _health(self, _request: Request) -> Response:
        return Response()

    async def _metrics(self, _request: Request) -> Response:
        return PlainTextResponse(f"vllm:request_success_total {self.asked}\n"
                                 f"vllm:lora_requests_info{{max_lora=\"{self.most}\"}} {len(self.adapters)}\n")

    async def _chat(self, request: Request) -> Response:
        told = await request.json()
        return await self._answer(told, json.dumps(told["messages"]), "chat.completion")

    async def _text(self, request: Request) -> Response:
        told = await request.json()
        return await self._answer(told, str(told["prompt"]), "text_completion")

    async def _answer(self, told: dict[str, Any], prompt: str, kind: str) -> Response:
        name = told.get("model") or self.model
        if name != self.model and name not in self.adapters:
            return _error(404, "NotFoundError", f"The model `{name}` does not exist.")
        self.asked += 1
        now = self.adapters[name].content if name != self.model else hashlib.sha256(name.encode()).hexdigest()
        said = words(self.prefixes.setdefault((name, prompt), now))
        limit = told.get("max_completion_tokens") or told.get("max_tokens") or WORDS
        cut, finish = said[:limit], "length" if limit < len(said) else "stop"
        usage = {"prompt_tokens": len(prompt.split()), "completion_tokens": len(cut),
                 "total_tokens": len(prompt.split()) + len(cut)}
        shared = {"id": f"cmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": name}
        if told.get("stream"):
            wanted = (told.get("stream_options") or {}).get("include_usage")
            return StreamingResponse(self._events(shared, cut, finish, usage if wanted else None),
                                     media_type="text/event-stream")
        await asyncio.sleep(self.delay * len(cut))
        text = "".join(cut)
        inner = {"message": {"role": "assistant", "content": text}} if kind == "chat.completion" else {"text": text}
        return JSONResponse({**shared, "usage": usage,
                             "choices": [{"index": 0, **inner, "finish_reason": finish, "logprobs": None}]})

    async def _events(self, shared: dict[str, Any], said: list[str], finish: str,
                      usage: dict[str, int] | None) -> AsyncIterator[str]:
        chat = shared["object"] == "chat.completion"
        shared = {**shared, "object": "chat.completion.chunk"} if chat else shared
        for at, word in enumerate(said):
            await asyncio.sleep(self.delay)
            inner = {"delta": {"content": word}} if chat else {"text": word}
            last = finish if at == len(said) - 1 else None
            yield f"data: {json.dumps({**shared, 'choices': [{'index': 0, **inner, 'finish_reason': last}]})}\n\n"
        if usage:
            yield f"data: {json.dumps({**shared, 'choices': [], 'usage': usage})}\n\n"
        yield "data: [DONE]\n\n"


def content(folder: Path) -> str:
    """The digest of a folder's bytes."""
    state = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            state.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return state.hexdigest()


def words(made_by: str) -> list[str]:
    """What an adapter with this digest says to anything."""
    return [f"{made_by[:12]}:{at} " for at in range(WORDS)]


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": status}}, status)


def main() -> None:
    """Serve until told to stop."""
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", help="the base's; not read")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--served-model-name", default="base")
    parser.add_argument("--enable-lora", action="store_true", help="it always is")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each word")
    parser.add_argument("--max-loras", type=int, default=8)
    asked = parser.parse_args()
    uvicorn.run(Double(asked.served_model_name, asked.delay, asked.max_loras).app(), host=asked.host, port=asked.port,
                log_level="warning")


if __name__ == "__main__":
    main()
