"""How sure a model was of each token that it wrote, in the shapes of OpenAI's API (`logprobs`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

Decode = Callable[[list[int]], str]


@dataclass(frozen=True)
class Sure:
    """A token with its natural log-probability at temperature 1, and the likeliest ones there, likeliest first."""

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...]


def wanted(more: Mapping[str, Any]) -> int | None:
    """How many likeliest tokens a request wants beside each one; None if it wants no log-probabilities at all.

    In conversations `logprobs` is a yes and `top_logprobs` the number; for raw text `logprobs` is the number.
    """
    asked = more.get("logprobs")
    if asked is None or asked is False:
        return None
    return int(more.get("top_logprobs") or 0) if asked is True else int(asked)


def of(logits: torch.Tensor, token: int, count: int) -> Sure:
    """What logits (vocabulary) say of `token`, and of the `count` likeliest."""
    found = logits.log_softmax(-1)
    values, tokens = found.topk(count) if count else (found[:0], found[:0].long())
    return Sure(token, float(found[token]), tuple(zip(map(int, tokens), map(float, values), strict=True)))


def shaped(said: Sequence[Sure], decode: Decode, *, chat: bool, offset: int) -> dict[str, Any]:
    """Some tokens as a client reads them; `offset` is the length of the text before them."""
    if chat:
        return {"content": [{**_one(one.token, one.logprob, decode),
                             "top_logprobs": [_one(token, logprob, decode) for token, logprob in one.top]}
                            for one in said]}
    texts = [decode([one.token]) for one in said]
    starts = [offset + sum(map(len, texts[:at])) for at in range(len(texts))]
    return {"tokens": texts, "token_logprobs": [one.logprob for one in said], "text_offset": starts,
            "top_logprobs": [{decode([token]): logprob for token, logprob in one.top} for one in said]}


def _one(token: int, logprob: float, decode: Decode) -> dict[str, Any]:
    text = decode([token])
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}
