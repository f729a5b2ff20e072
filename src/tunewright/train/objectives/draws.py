"""Answers drawn from a model in training, by the engine's own decoder: each is the same whatever is drawn beside it."""

from collections.abc import Sequence
from typing import Any

import torch

from tunewright.engine.batch import Batch, Row
from tunewright.engine.chat import Chat
from tunewright.engine.engine import Request
from tunewright.engine.text import Text

_TOGETHER = 64


@torch.no_grad()
def draw(model: Any, prompts: Sequence[Sequence[int]], chat: Chat, new_tokens: int,
         seeds: Sequence[int]) -> list[list[int]]:
    """Token ids of one answer to each prompt at temperature 1, the end-of-turn token included if it came."""
    rows = [_row(prompt, chat, new_tokens, seed) for prompt, seed in zip(prompts, seeds, strict=True)]
    said: dict[Row, list[int]] = {row: [] for row in rows}
    device = str(model.get_input_embeddings().weight.device)
    for start in range(0, len(rows), _TOGETHER):
        batch = Batch(lambda _, **inputs: model(**inputs), device)
        batch.join(rows[start:start + _TOGETHER])
        while batch.rows:
            for row in batch.rows:
                if row.error:
                    raise row.error
                said[row].append(row.last)
            batch.leave()
            if batch.rows:
                batch.step()
    return list(said.values())


def _row(prompt: Sequence[int], chat: Chat, new_tokens: int, seed: int) -> Row:
    dice = torch.Generator()
    dice.manual_seed(seed)
    request = Request(prompt="", new_tokens=new_tokens, temperature=1.0, seed=seed)
    return Row(request, list(prompt), new_tokens, chat.stop_ids, Text(lambda _: ""), network="", adapter=None,
               draw=dice, told=lambda _: None)
