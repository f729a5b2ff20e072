"""The engine that runs models here, on transformers and PEFT: one base, many adapters, one batch."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer

from tunewright.base import Base, load_model, load_tokenizer
from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.engine import attached, score, sure
from tunewright.engine.batch import Row
from tunewright.engine.beginnings import Beginnings
from tunewright.engine.chat import Chat, Rendered
from tunewright.engine.draw import leaning
from tunewright.engine.engine import Completion, Likelihood, Piece, Refused, Request, TooLong
from tunewright.engine.grammar import wanted
from tunewright.engine.matcher import Matchers, installed
from tunewright.engine.network import Adapted, Alone, full
from tunewright.engine.text import Text
from tunewright.engine.worker import Worker

_BASE = ""  # name of the network that holds the base and every adapter


class HfEngine:
    """Decodes up to `batch` rows together, whatever adapters they ask for, in caches of up to `tokens` tokens.

    Up to `held` bytes of prompts' beginnings are kept, so that none is computed twice for one model.
    `device` is a GPU if there is one, unless given. On CUDA weights are bf16, elsewhere 32 bits; only in 32 bits are
    answers sure not to depend on the company in a batch, since bf16 rounds differently in another shape.
    """

    def __init__(self, base: Base, batch: int, device: str | None = None, tokens: int = 65_536,
                 held: int = 256 << 20) -> None:
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._base = base
        self._device = device
        self._dtype = "bf16" if device.startswith("cuda") else "fp32"
        self._tokenizer = load_tokenizer(base)
        model = load_model(base, device, self._dtype)
        _refuse_recurrent(base, model)
        self._width = int(model.config.get_text_config().vocab_size)
        self._longest = int(getattr(model.config.get_text_config(), "max_position_embeddings", 0) or 1 << 30)
        self._bare = attached.twin(model)
        self._adapted = Adapted(model, device)
        self._adapters: frozenset[str] = frozenset()
        self._own: dict[str, Alone] = {}
        self._held = Beginnings(held)
        self._worker = Worker(lambda name: self._own[name] if name else self._adapted, batch, device, tokens,
                              self._held)

    @property
    def offers(self) -> frozenset[str]:
        """What it does in its own decoding; forms and forced calls where llguidance is installed."""
        always = {"logprobs", "top_logprobs", "logit_bias", "presence_penalty", "frequency_penalty"}
        return frozenset(always | ({"response_format", "tool_choice", "parallel_tool_calls"} if installed() else set()))

    def load(self, model_digest: str, folder: Path, adapter: bool) -> None:
        """Hold a model. A plain LoRA takes one pause between two steps and shares its base's batches.

        A full model, or another kind of adapter, is read beside the decoding and has batches of its own.
        """
        if model_digest in self.resident():
            return
        if adapter and attached.shares(folder):
            self._worker.call(lambda: self._adapted.add(model_digest, folder))
            self._adapters |= {model_digest}
            return
        model = (attached.read(attached.twin(self._bare), folder, model_digest) if adapter
                 else full(self._base, model_digest, folder, self._device, self._dtype))
        self._own[model_digest] = Alone(model)

    def unload(self, model_digest: str) -> None:
        """Let a model go once no row needs it. Blocks until then."""
        while not self._worker.call(lambda: self._let_go(model_digest)):
            time.sleep(0.005)

    def resident(self) -> frozenset[str]:
        """Digests of the models held."""
        return self._adapters | frozenset(self._own)

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """All answers; rows of like length share a pass, since padding is work for nothing."""
        started = time.perf_counter()
        done = threading.Semaphore(0)
        seconds: dict[Row, float] = {}

        def told(row: Row) -> None:
            if row.finish or row.error:
                seconds[row] = time.perf_counter() - started
                done.release()

        rows = [self._row(request, told) for request in requests]
        self._worker.submit(sorted(rows, key=lambda row: len(row.prompt), reverse=True))
        for _ in rows:
            done.acquire()
        return [_completion(row, seconds[row]) for row in rows]

    def likelihoods(self, rows: Sequence[Rendered], model: str | None = None) -> list[Likelihood]:
        """What a held model or the base says of each row's supervised tokens. Rows decoding wait for a pass.

        What rows begin with in common is computed once where the model takes prefix trees. Raises ValueError for a
        row without a supervised token after its first.
        """
        network = score.Through(self._own.get(model or _BASE, self._adapted), None if model in self._own else model)
        lines = score.lines(rows)
        trees = bool(lines) and self._worker.call(partial(score.reads_trees, network, lines))
        found: dict[int, Likelihood] = {}
        for block in score.passes(lines, trees):
            chosen = [lines[at] for at in block]
            found |= zip(block, self._worker.call(partial(score.likelihoods, network, chosen, trees)),
                         strict=True)
        return [found[at] for at in range(len(rows))]

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """The answer as it grows."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[Piece | Exception] = asyncio.Queue()

        def told(row: Row) -> None:
            text = row.text.take()
            if text or row.finish or row.error:
                piece = Piece(text, row.finish, len(row.prompt), row.tokens, self._sure(row))
                try:
                    loop.call_soon_threadsafe(pieces.put_nowait, row.error or piece)
                except RuntimeError:  # the loop is closed: nobody listens
                    row.cancelled = True

        # A grammar may take a second to compile, in which others go on.
        row = await asyncio.to_thread(self._row, request, told) if wanted(request) else self._row(request, told)
        self._worker.submit([row])
        try:
            while True:
                piece = await pieces.get()
                if isinstance(piece, Exception):
                    raise piece
                yield piece
                if piece.finish:
                    return
        finally:
            row.cancelled = True

    def _sure(self, row: Row) -> dict[str, Any] | None:
        """How sure the model was of the tokens that were not told yet."""
        if not row.sure:
            return None
        fresh, row.sure = row.sure, []
        before = sum(len(self._decode([token])) for token in row.said[:-len(fresh)] if token not in row.stop_ids)
        return {"logprobs": sure.shaped(fresh, self._decode, chat=row.request.messages is not None, offset=before)}

    def close(self) -> None:
        """Stop decoding; rows in progress end with an error."""
        self._worker.close()

    def _row(self, request: Request, told: Callable[[Row], None]) -> Row:
        if request.model is not None and request.model not in self.resident():
            raise Refused(f"model {short(request.model)} is not loaded: load it first.")
        prompt = self._prompt(request)
        room = self._longest - len(prompt)
        if room < 1:
            raise TooLong(f"the prompt has {len(prompt)} tokens and {self._base.name} reads at most "
                          f"{self._longest - 1}: shorten it.")
        own = request.model in self._own
        return Row(request, prompt, min(request.new_tokens, room), self._stop_ids,
                   Text(self._decode, request.stop), network=(request.model or _BASE) if own else _BASE,
                   adapter=None if own else request.model, draw=_draw(request), told=told,
                   wanted=sure.wanted(request.more), leaning=leaning(request.more, self._width),
                   matcher=self._matchers.of(request))

    def _prompt(self, request: Request) -> list[int]:
        if request.messages is None:
            ids: list[int] = self._tokenizer(request.prompt, add_special_tokens=False)["input_ids"]
            if not ids:
                raise Refused("the prompt is empty: give it at least one token.")
            return ids
        try:
            return self._chat.prompt_ids(request.messages, request.tools)
        except Fault as fault:
            raise Refused(str(fault)) from fault

    @cached_property
    def _matchers(self) -> Matchers:
        return Matchers(self._tokenizer, self._width, self._stop_ids)

    @cached_property
    def _chat(self) -> Chat:
        return Chat(self._tokenizer)

    @cached_property
    def _stop_ids(self) -> frozenset[int]:
        if self._tokenizer.chat_template:
            return self._chat.stop_ids
        return frozenset(token for token in [self._tokenizer.eos_token_id] if token is not None)

    def _decode(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text

    def _let_go(self, model_digest: str) -> bool:
        """On the decoding thread: drop the model unless a row needs it; whether it is gone."""
        if any(row.request.model == model_digest for row in self._worker.rows()):
            return False
        if model_digest in self._adapters:
            self._adapters -= {model_digest}
            self._adapted.remove(model_digest)
        self._own.pop(model_digest, None)
        self._held.forget(model_digest)
        return True


def _completion(row: Row, seconds: float) -> Completion:
    if row.error:
        raise row.error
    assert row.finish
    return Completion(row.text.whole, len(row.prompt), row.tokens, row.finish, seconds)


def _draw(request: Request) -> torch.Generator | None:
    """The request's own dice: what others in the batch draw does not move them. None for greedy."""
    if request.temperature == 0:
        return None
    draw = torch.Generator()
    if request.seed is None:
        draw.seed()
    else:
        draw.manual_seed(request.seed)
    return draw


def _refuse_recurrent(base: Base, model: object) -> None:
    """Rows join and leave by moving keys and values; a recurrent state cannot be moved so."""
    cache = DynamicCache(config=model.config)  # type: ignore[attr-defined]
    if not all(isinstance(layer, DynamicLayer) for layer in cache.layers):
        raise Fault(f"base {base.name} has recurrent layers, which engine `hf` cannot batch: take a base "
                    "whose layers are all attention.")
