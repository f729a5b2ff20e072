"""The next token: which one a request takes of a row's logits (vocabulary,)."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import torch

from tunewright.engine.engine import Request, Unsupported

_COLDEST = 1e-4  # temperatures below it take the likeliest token too, and would end in numbers that are none


class Leaning:
    """What is added to the logits of one answer: a bias by token, and penalties on the tokens that it already has.

    By OpenAI's formula: logit - count * frequency - (count > 0) * presence + bias.
    """

    def __init__(self, presence: float, frequency: float, bias: Mapping[int, float], vocabulary: int) -> None:
        self._presence, self._frequency, self._bias = presence, frequency, bias
        self._counts: Counter[int] = Counter()
        self._added = torch.zeros(vocabulary)
        for token, value in bias.items():
            self._added[token] = value

    def of(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits (vocabulary,) for the next token; the ones given are left as they are."""
        self._added = self._added.to(logits.device)
        return logits + self._added

    def took(self, token: int) -> None:
        """Go on after a token."""
        self._counts[token] += 1
        self._added[token] = self._bias.get(token, 0.0) - self._counts[token] * self._frequency - self._presence


def leaning(more: Mapping[str, Any], vocabulary: int) -> Leaning | None:
    """What a request's further fields add to logits, if anything. Raises Unsupported for a token that is none."""
    presence, frequency, biased = (more.get(name) for name in ("presence_penalty", "frequency_penalty", "logit_bias"))
    if not (presence or frequency or biased):
        return None
    bias = {}
    for token, value in (biased or {}).items():
        if not (str(token).isascii() and str(token).isdecimal() and int(token) < vocabulary):
            raise Unsupported(f"logit_bias names a token {str(token)[:20]!r}, and this base's tokens are the numbers "
                              f"0 to {vocabulary - 1}: take one of those.", "logit_bias")
        bias[int(token)] = float(value)
    return Leaning(float(presence or 0), float(frequency or 0), bias, vocabulary)


def sample(logits: torch.Tensor, request: Request, draw: torch.Generator) -> int:
    """A token drawn from the smallest set of likeliest tokens whose probability reaches `top_p`."""
    chances, tokens = (logits.cpu() / max(request.temperature, _COLDEST)).softmax(-1).sort(descending=True)
    before = chances.cumsum(-1) - chances
    chances = chances.masked_fill(before >= request.top_p, 0.0)
    chances[0] = chances[0].clamp(min=1e-9)
    return int(tokens[torch.multinomial(chances, 1, generator=draw)])
