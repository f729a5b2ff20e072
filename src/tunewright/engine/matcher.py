"""Which tokens may come next in an answer that has a grammar, by llguidance (https://github.com/guidance-ai/llguidance).

It masks at bytes, so every way to cut a text into tokens is open to the model. A grammar is compiled once; each answer
walks a copy of its own.
"""

import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch

from tunewright.engine.calls import Marks, marks, special
from tunewright.engine.chat import Chat
from tunewright.engine.engine import Request, Unsupported
from tunewright.engine.grammar import grammar, wanted

_PLACE = re.compile(r"^(at \d+\(\d+\): )?(failed to compile JSON schema: )?")
_KEPT = 64  # grammars, the least recently used going first
_STATES = 20_000  # of a grammar's lexer, at 1 to 2 kB: schemas come from clients


def installed() -> bool:
    """Whether answers can be held to a grammar here."""
    return find_spec("llguidance") is not None


class Matcher:
    """One answer's way through its grammar. Used by one thread at a time."""

    def __init__(self, walk: Any) -> None:
        self._walk = walk

    def allowed(self, width: int) -> torch.Tensor:
        """Which of `width` tokens may come next, (width,) bool. Raises Unsupported if that takes too long to tell."""
        bits = np.frombuffer(self._walk.compute_bitmask(), dtype=np.uint8)
        if self._walk.is_error():
            raise _lost(self._walk)
        found: Any = np.zeros(width, dtype=np.uint8)
        told = np.unpackbits(bits, count=min(width, len(bits) * 8), bitorder="little")
        found[:len(told)] = told
        return torch.from_numpy(found.view(bool))

    def took(self, token: int) -> bool:
        """Go on with a token; whether nothing may come after it. Raises Unsupported if no answer begins so."""
        if not self._walk.consume_token(token):
            raise _lost(self._walk)
        stopped: bool = self._walk.is_stopped()
        if stopped and not self._walk.is_accepting():
            raise _lost(self._walk)
        return stopped


class Matchers:
    """Grammars over one tokenizer's tokens. `width` is the number of logits, `ends` the tokens that end an answer."""

    def __init__(self, tokenizer: Any, width: int, ends: frozenset[int]) -> None:
        self._tokenizer = tokenizer
        self._width = width
        self._ends = ends
        self._compiled: Callable[[str], Any] = lru_cache(_KEPT)(self._compile)

    def of(self, request: Request) -> Matcher | None:
        """A matcher for one answer; None if anything may be said. May take a second the first time.

        Raises Unsupported for a schema of which no grammar can be made.
        """
        if not wanted(request):
            return None
        marked, specials = self._written if request.tools else (Marks(), {})
        try:
            return Matcher(self._compiled(grammar(request, marked, specials)).deep_copy())
        except ValueError as error:
            field = "tools" if request.more.get("tool_choice") else "response_format"
            raise Unsupported(f"an answer cannot be held to this schema ({error}): change the schema.",
                              field) from error

    @cached_property
    def _written(self) -> tuple[Marks, dict[str, int]]:
        """How the base writes calls."""
        if not self._tokenizer.chat_template:
            return Marks(), {}
        chat = Chat(self._tokenizer)
        return marks(chat), special(chat)

    @cached_property
    def _tokens(self) -> Any:
        from llguidance.hf import from_tokenizer

        return from_tokenizer(self._tokenizer, n_vocab=max(self._width, len(self._tokenizer)),
                              eos_token=sorted(self._ends) or None)

    def _compile(self, text: str) -> Any:
        from llguidance import LLMatcher, LLParserLimits

        limits = LLParserLimits(verbose_errors=False, max_lexer_states=_STATES)
        walk = LLMatcher(self._tokens, text, log_level=0, limits=limits)
        walk.compute_bitmask()  # the first is the dearest, and others need not wait for it
        if walk.is_error() or walk.is_stopped():
            raise ValueError(_why(walk))
        return walk


def _lost(walk: Any) -> Unsupported:
    return Unsupported(f"an answer cannot be held to its schema any longer ({_why(walk)}): make the schema simpler.",
                       "response_format")


def _why(walk: Any) -> str:
    """The library's reason, without the place in a grammar that nobody but us has seen."""
    first = (walk.get_error().splitlines() or [""])[0]
    return "no answer holds to it" if not first or first.startswith("NoExtension") else _PLACE.sub("", first)[:200]
