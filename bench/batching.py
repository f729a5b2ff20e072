"""Sixteen clients at once on engine `hf`, against the same questions one after another; then three models in one batch.

Each client asks again as soon as it is answered, so rows join and leave a batch that never ends. Both sides are the
same engine on `tiny`, greedy, streamed; the questions are notes of the ticket task, of different lengths, to be gone on
with for up to `--tokens`. Tokens a second of answers, by the clock; nothing is kept of prompts, so that neither side
finds what the other has read. Then the questions go to the base and two LoRA adapters, mixed, and every answer must be,
token for token, what its model says alone. Last line: JSON.

    python bench/batching.py [--clients 16] [--each 6] [--tokens 48] [--rounds 3]
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from rollback import save_model

from tunewright.base import find
from tunewright.engine import Request
from tunewright.engine.hf import HfEngine
from tunewright.recipe import BaseSpec

NOTES = Path(__file__).resolve().parents[1] / "recipes" / "data" / "tickets_test.jsonl"


def questions(count: int, tokens: int) -> list[Request]:
    """So many different notes to be gone on with, as raw text: a conversation's answers are few tokens long here."""
    rows = [json.loads(line) for line in NOTES.read_text("utf-8").splitlines()[:count]]
    return [Request(prompt=row["messages"][0]["content"], new_tokens=tokens) for row in rows]


async def answer(engine: HfEngine, request: Request) -> tuple[str, int]:
    """Text and tokens of one answer."""
    texts, tokens = [], 0
    async for piece in engine.stream(request):
        texts.append(piece.text)
        tokens = piece.tokens_out
    return "".join(texts), tokens


async def at_once(engine: HfEngine, requests: list[Request], clients: int) -> tuple[list[str], float]:
    """Answers of so many clients together, and tokens a second."""
    waiting = list(enumerate(requests))
    found: list[tuple[str, int]] = [("", 0)] * len(requests)

    async def client() -> None:
        while waiting:
            at, request = waiting.pop(0)
            found[at] = await answer(engine, request)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return [text for text, _ in found], sum(tokens for _, tokens in found) / (time.perf_counter() - began)


async def in_turn(engine: HfEngine, requests: list[Request]) -> tuple[list[str], float]:
    """Answers of one after another, and tokens a second."""
    began = time.perf_counter()
    found = [await answer(engine, request) for request in requests]
    return [text for text, _ in found], sum(tokens for _, tokens in found) / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--each", type=int, default=6, help="questions of a client")
    parser.add_argument("--tokens", type=int, default=48, help="most tokens of an answer")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    base = find(BaseSpec(name="tiny"), Path())
    requests = questions(asked.clients * asked.each, asked.tokens)
    engine = HfEngine(base, asked.clients, "cpu", held=0)
    try:
        ratios, same = [], True
        for _ in range(asked.rounds):
            alone, slow = asyncio.run(in_turn(engine, requests))
            together, fast = asyncio.run(at_once(engine, requests, asked.clients))
            same &= alone == together
            ratios.append(fast / slow)
            print(f"one after another {slow:,.0f} tokens/s · {asked.clients} at once {fast:,.0f} tokens/s", flush=True)
        mixed = mixed_equal(base, engine, requests)
    finally:
        engine.close()
    print(json.dumps({"ratio": round(statistics.median(ratios), 2), "rounds": [round(one, 2) for one in ratios],
                      "same_answers": same, "mixed_equal": mixed}))


def mixed_equal(base: object, engine: HfEngine, requests: list[Request]) -> bool:
    """Whether base and two adapters in one batch say what each says alone."""
    from dataclasses import replace

    with tempfile.TemporaryDirectory() as folder:
        for name in ("a" * 64, "b" * 64):
            save_model(base, Path(folder) / name, ord(name[0]), real=True)  # type: ignore[arg-type]
            engine.load(name, Path(folder) / name, adapter=True)
    models = (None, "a" * 64, "b" * 64)
    mixed = [replace(request, model=models[at % 3]) for at, request in enumerate(requests)]
    alone, _ = asyncio.run(in_turn(engine, mixed))
    together, _ = asyncio.run(at_once(engine, mixed, 16))
    assert len({*alone}) > 1, "the models must differ to be told apart"
    return alone == together


if __name__ == "__main__":
    main()
