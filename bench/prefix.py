"""A system prompt that all questions share, on engine `hf`: computed once and kept, or computed for every question.

Both sides are the same engine on `tiny`, one that keeps what prompts begin with and one that keeps nothing; greedy,
streamed, on the same questions in the same order, a round of one side after a round of the other. Time to the first
token is that of a client alone; questions a second are those of `--clients` clients, each of which asks again as soon
as it is answered. Texts must be the same on both sides. Last line: JSON, medians of the rounds' ratios.

    python bench/prefix.py [--shared 512] [--questions 96] [--clients 8] [--tokens 8] [--rounds 3]
"""

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path

from batching import NOTES, at_once

from tunewright.base import Base, find, load_tokenizer
from tunewright.engine import Request
from tunewright.engine.hf import HfEngine
from tunewright.recipe import BaseSpec


def system(base: Base, tokens: int) -> str:
    """A system prompt of so many tokens: notes of the ticket task, one behind the other."""
    tokenizer = load_tokenizer(base)
    notes = NOTES.read_text("utf-8").splitlines()[:40]
    text = " ".join(json.loads(line)["messages"][0]["content"] for line in notes)
    return tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"][:tokens])


def questions(base: Base, shared: int, count: int, tokens: int) -> list[Request]:
    """So many questions under one system prompt."""
    before = {"role": "system", "content": system(base, shared)}
    return [Request(messages=(before, {"role": "user", "content": f"How many letters are in word {number}?"}),
                    new_tokens=tokens) for number in range(count)]


async def first_tokens(engine: HfEngine, requests: list[Request]) -> tuple[list[str], list[float]]:
    """Answers of a client alone, and seconds to the first token of each."""
    texts, seconds = [], []
    for request in requests:
        began = time.perf_counter()
        pieces = []
        async for piece in engine.stream(request):
            if not pieces:
                seconds.append(time.perf_counter() - began)
            pieces.append(piece.text)
        texts.append("".join(pieces))
    return texts, seconds


def measured(engine: HfEngine, requests: list[Request], clients: int) -> tuple[list[str], float, float]:
    """Answers, median seconds to the first token, and questions a second; each question is asked once."""
    one_by_one, others = requests[::2], requests[1::2]
    alone, seconds = asyncio.run(first_tokens(engine, one_by_one))
    began = time.perf_counter()
    together, _ = asyncio.run(at_once(engine, others, clients))
    return alone + together, statistics.median(seconds), len(others) / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=int, default=512, help="tokens of the system prompt")
    parser.add_argument("--questions", type=int, default=96, help="half of them one by one, half at once")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=8, help="most tokens of an answer")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    base = find(BaseSpec(name="tiny"), Path())
    requests = questions(base, asked.shared, asked.questions, asked.tokens)
    firsts, rates, same = [], [], True
    for _ in range(asked.rounds):
        found = {}
        for held in (0, 256 << 20):
            engine = HfEngine(base, asked.clients, "cpu", held=held)  # fresh: the first question finds nothing
            try:
                found[held] = measured(engine, requests, asked.clients)
            finally:
                engine.close()
        (texts, slow, few), (again, fast, many) = found.values()
        same &= texts == again
        firsts.append(slow / fast)
        rates.append(many / few)
        print(f"computed anew: first token {slow * 1e3:.1f} ms, {few:,.1f} questions/s · "
              f"kept: {fast * 1e3:.1f} ms, {many:,.1f} questions/s", flush=True)
    print(json.dumps({"first_token_ratio": round(statistics.median(firsts), 2),
                      "questions_ratio": round(statistics.median(rates), 2), "shared_tokens": asked.shared,
                      "rounds": [[round(one, 2) for one in pair] for pair in zip(firsts, rates, strict=True)],
                      "same_answers": same}))


if __name__ == "__main__":
    main()
