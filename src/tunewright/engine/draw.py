"""The next token: which one a request takes of a row's logits (vocabulary,)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tunewright.engine.engine import Request, Unsupported


@dataclass(frozen=True)
class Leaning:
    """What a request adds to logits: `bias` by token, and penalties on the tokens that its answer already has.

    By OpenAI's formula: logit - count * frequency - (count > 0) * presence + bias.
    """

    presence: float
    frequency: float
    bias: Mapping[int, float]

    def of(self, logits: torch.Tensor, said: Sequence[int]) -> torch.Tensor:
        """Logits (vocabulary,) after the tokens `said`; the ones given are left as they are."""
        lean = {token: -count * self.frequency - self.presence for token, count in Counter(said).items()}
        for token, bias in self.bias.items():
            lean[token] = lean.get(token, 0.0) + bias
        if not lean:
            return logits
        changed = logits.clone()
        changed[torch.tensor(list(lean), device=logits.device)] += torch.tensor(list(lean.values()),
                                                                                device=logits.device)
        return changed


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
    return Leaning(float(presence or 0), float(frequency or 0), bias)


def sample(logits: torch.Tensor, request: Request, draw: torch.Generator) -> int:
    """A token drawn from the smallest set of likeliest tokens whose probability reaches `top_p`."""
    chances, tokens = (logits.cpu() / request.temperature).softmax(-1).sort(descending=True)
    before = chances.cumsum(-1) - chances
    chances = chances.masked_fill(before >= request.top_p, 0.0)
    chances[0] = chances[0].clamp(min=1e-9)
    return int(tokens[torch.multinomial(chances, 1, generator=draw)])
