"""What a model here says of each label: how likely it would write it, among all labels."""

import json
import math
import time
from collections.abc import Sequence
from typing import Any

from tunewright.core.errors import Fault
from tunewright.engine import Completion, Refused, Request


class Weigher:
    """Answers a conversation with the probability of each label as the next turn, as a JSON list.

    `engine` gives likelihoods, `chat` renders, `context` is the most tokens that the model reads. What the labels of
    one row begin with in common is computed once.
    """

    def __init__(self, engine: Any, chat: Any, labels: Sequence[str], context: int) -> None:
        self._engine = engine
        self._chat = chat
        self._labels = tuple(labels)
        self._context = context

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """One answer for each request. Raises Refused for one that the template or the model cannot take."""
        began = time.perf_counter()
        rows = [self._rendered(request, label) for request in requests for label in self._labels]
        nats = [one.nats for one in self._engine.likelihoods(rows, requests[0].model)]
        size = len(self._labels)
        return [Completion(json.dumps(shares(nats[at * size:(at + 1) * size])), len(rows[at * size].ids), size, "stop",
                           time.perf_counter() - began) for at in range(len(requests))]

    def close(self) -> None:
        """Give the engine back."""
        self._engine.close()

    def _rendered(self, request: Request, label: str) -> Any:
        try:
            row = self._chat.example_ids((*(request.messages or ()), {"role": "assistant", "content": label}),
                                         turns="last")
        except Fault as fault:
            raise Refused(str(fault)) from fault
        if len(row.ids) > self._context:
            raise Refused(f"the row has {len(row.ids)} tokens with its examples, and the model reads at most "
                          f"{self._context}: show fewer.")
        return row


def shares(nats: Sequence[float]) -> list[float]:
    """Probabilities that add up to 1, of -ln p up to a constant."""
    least = min(nats)
    weights = [math.exp(least - one) for one in nats]
    return [weight / sum(weights) for weight in weights]


def likeliest(text: str, labels: Sequence[str]) -> tuple[str | None, float]:
    """The label with the greatest probability in a Weigher's answer, and that; none for an answer that is none."""
    values: list[float] = json.loads(text) if text else []
    if len(values) != len(labels):
        return None, 0.0
    best = max(range(len(values)), key=lambda at: values[at])
    return labels[best], values[best]
