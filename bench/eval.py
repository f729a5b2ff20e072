"""Seconds that a benchmark takes on our engine and on lm-eval's own Hugging Face backend: same base, same requests.

`loglikelihood`: 4 choices, 5 examples before each question, as MMLU asks (the choices are letters) and as HellaSwag or
ARC ask (the choices are texts); ours must give the same scores to 1e-4. `generation`: questions of suite `general`,
greedy answers of many lengths that end by themselves; the texts must be the same. One thread; the sides take turns;
lm-eval's fastest batch size counts. `clock` compares seconds, `cpu` seconds of computing; a figure is the smaller of
both medians, and `loglikelihood` the smaller of both shapes. Last line: JSON.

    python bench/eval.py [--items 1000] [--rounds 3] [--width 0] [--only letters|texts|generation]
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import peer
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

from tunewright.base import Base, find, load_model, load_tokenizer
from tunewright.engine import Request
from tunewright.engine.chat import Chat
from tunewright.engine.hf import HfEngine
from tunewright.evaluate import general, pairs
from tunewright.recipe import BaseSpec

SUBJECTS = ["astronomy", "book-keeping", "botany", "carpentry", "geology", "law", "music", "nutrition", "sailing",
            "weaving"]
WORDS = [
    "the", "a", "of", "in", "on", "and", "which", "what", "when", "how", "under", "over", "between", "before",
    "after", "most", "least", "likely", "cause", "effect", "measure", "rule", "example", "property", "method",
    "result", "value", "change", "part", "whole", "first", "second", "light", "heavy", "early", "late", "open",
    "closed", "north", "south", "water", "stone", "paper", "metal", "garden", "market", "winter", "summer", "teacher",
    "student", "number", "weight", "length", "answer", "question", "because", "although", "rather", "than", "every",
    "other", "several", "follows", "describes", "explains", "requires"]
SHOTS = 5
BATCHES = {"loglikelihood": (8, 32), "generation": (16, 64)}


def words(rng: random.Random, low: int, high: int) -> str:
    """So many words that mean nothing."""
    return " ".join(rng.choices(WORDS, k=rng.randint(low, high)))


def question(rng: random.Random) -> tuple[str, list[str], int]:
    """A question, four choices, and which is right."""
    return words(rng, 18, 45) + "?", [words(rng, 2, 9) for _ in "ABCD"], rng.randrange(4)


def choice_requests(items: int, letters: bool) -> list[list[str]]:
    """Four requests for each item: the context and a choice."""
    rng = random.Random(0)
    found = []
    for subject in SUBJECTS[:max(1, min(len(SUBJECTS), items // 10))]:
        head = f"The following are multiple choice questions (with answers) about {subject}.\n\n"
        asked = [question(rng) for _ in range(SHOTS)]
        head += "".join(told(one, letters) + said(one, one[2], letters) + "\n\n" for one in asked)
        for _ in range(items // min(len(SUBJECTS), max(1, items // 10))):
            one = question(rng)
            found += [[head + told(one, letters), said(one, at, letters)] for at in range(4)]
    return found


def told(one: tuple[str, list[str], int], letters: bool) -> str:
    """A question as the model reads it."""
    listed = "".join(f"\n{letter}. {choice}" for letter, choice in zip("ABCD", one[1], strict=True)) if letters else ""
    return f"{one[0]}{listed}\nAnswer:"


def said(one: tuple[str, list[str], int], at: int, letters: bool) -> str:
    """A choice as the model would write it."""
    return " " + ("ABCD"[at] if letters else one[1][at])


def generation_requests(items: int, base: Base) -> list[list[Any]]:
    """Questions of suite `general` as the base's chat renders them: answers of one word to forty, which end by
    themselves."""
    chat = Chat(load_tokenizer(base))
    asked = random.Random(0).sample(general.questions(), items)
    return [[chat.render(one.messages, prompt=True), {"until": ["<|end|>"], "max_gen_toks": 96, "do_sample": False}]
            for one in asked]


def base_of(folder: Path, width: int) -> Base:
    """The bundled base, or a random Llama of this width with its tokenizer."""
    logging.disable_progress_bar()
    tiny = find(BaseSpec(name="tiny"), Path())
    tokenizer = load_tokenizer(tiny)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    model = load_model(tiny) if not width else LlamaForCausalLM(LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=width * 8 // 3, num_hidden_layers=8,
        num_attention_heads=width // 64, num_key_value_heads=width // 128, max_position_embeddings=2048,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=None, eos_token_id=tokenizer.eos_token_id))
    model.save_pretrained(folder)
    return find(BaseSpec(name=str(folder)), folder)


def score(engine: HfEngine, base: Base, requests: Sequence[Sequence[str]]) -> list[Any]:
    """Our side of `loglikelihood`, tokens and all."""
    rows = pairs.rows(load_tokenizer(base), [(one, other) for one, other in requests], 2048)
    return [[-one.nats, one.greedy] for one in engine.likelihoods(rows)]


def generate(engine: HfEngine, _base: Base, requests: Sequence[Sequence[Any]]) -> list[Any]:
    """Our side of `generation`."""
    return [done.text for done in engine.generate([
        Request(prompt=prompt, new_tokens=how["max_gen_toks"], stop=tuple(how["until"])) for prompt, how in requests])]


def compare(what: str, folder: Path, base: Base, requests: Sequence[Sequence[Any]], rounds: int,
            ours: Callable[..., list[Any]]) -> tuple[peer.Ratios, list[Any], list[Any]]:
    """Turns of both sides, and what each answered."""
    (folder / f"{what}.json").write_text(json.dumps(requests))
    ratios, found = peer.Ratios("lm-eval"), []
    for _ in range(rounds):
        engine = HfEngine(base, 64, "cpu")
        clock, computed = time.perf_counter(), time.process_time()
        found = ours(engine, base, requests)
        took = {"clock": time.perf_counter() - clock, "cpu": time.process_time() - computed}
        engine.close()
        ratios.turn(took, "eval_lm_eval.py", folder, [f"{what}-{batch}" for batch in BATCHES[what]])
    return ratios, found, json.loads((folder / f"{what}_theirs.json").read_text())


def main() -> None:
    """Print a line a turn and the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1000, help="questions of each (a quarter for generation)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")
    parser.add_argument("--width", type=int, default=0, help="width of a random 8-layer Llama in tiny's place")
    parser.add_argument("--only", choices=["letters", "texts", "generation"], help="one benchmark alone")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    wanted = [asked.only] if asked.only else ["letters", "texts", "generation"]
    result: dict[str, Any] = {"items": asked.items, "rounds": asked.rounds, "width": asked.width or "tiny"}
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        base = base_of(folder / "base", asked.width)
        for shape in [one for one in ("letters", "texts") if one in wanted]:
            ratios, mine, theirs = compare("loglikelihood", folder, base, choice_requests(
                asked.items, shape == "letters"), asked.rounds, score)
            apart = max(abs(one[0] - other[0]) for one, other in zip(mine, theirs, strict=True))
            alike = sum(one[1] == other[1] for one, other in zip(mine, theirs, strict=True)) / len(mine)
            result[shape] = {"ratio": ratios.ratio, **ratios.found, "apart": apart, "greedy_alike": alike}
        if "generation" in wanted:
            requests = generation_requests(min(asked.items // 4, 500), base)
            ratios, mine, theirs = compare("generation", folder, base, requests, asked.rounds, generate)
            alike = sum(one == other for one, other in zip(mine, theirs, strict=True)) / len(mine)
            result["generation_shape"] = {**ratios.found, "same_texts": alike,
                                          "letters_a_text": statistics.mean(map(len, mine))}
            result["generation"] = ratios.ratio
    shapes = [result[shape]["ratio"] for shape in ("letters", "texts") if shape in result]
    print(json.dumps(result | ({"loglikelihood": min(shapes)} if shapes else {})))


if __name__ == "__main__":
    main()
