"""Freshly generated items, with greedy answers: `python -m pretrain.probe [folder]`."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from pathlib import Path

import torch
from tokenizers import Tokenizer

from pretrain import tokens, words
from pretrain.copying import items
from pretrain.doc import Doc, Rng, chat
from pretrain.extraction import to_json
from pretrain.general import question
from pretrain.labels import from_list
from pretrain.model import Config, Tiny
from pretrain.phrases import held
from pretrain.template import PAD
from pretrain.wordnet import lemmas

TINY = Path(__file__).parents[1] / "src" / "tunewright" / "base" / "tiny"


def _row(rng: Rng) -> list[str]:
    count = rng.randint(3, 10)
    return [rng.choice(lemmas()) if rng.random() < 0.6 else words.made(rng, 2, 3) for _ in range(count)]


def repeat(rng: Rng) -> Doc:
    """A list of dictionary and invented words, to be repeated."""
    text = ", ".join(_row(rng))
    return chat(text, text, "Repeat the list.")


def first(rng: Rng) -> Doc:
    """The first word of a list."""
    row = _row(rng)
    return chat(f"What is the first word?\n{', '.join(row)}", row[0])


def unseen(rng: Rng) -> Doc:
    """A message of an intent that was kept out of training, with a list of five such labels."""
    return from_list(rng, held(), min(5, len(held())))


KINDS: dict[str, Callable[[Rng], Doc]] = {
    "repeat": repeat,
    "first": first,
    "extraction": to_json,
    "question": question,
    "label": lambda r: from_list(r, size=5),
    "label_unseen": unseen,
    "codes": lambda r: chat(t := ", ".join(items(r)), t, "Copy:"),
}


@torch.no_grad()
def exact(model: Tiny, docs: list[tuple[list[int], int]]) -> list[bool]:
    """Would a greedy answer be the wanted one? It is, just when every next token is the likeliest."""
    width = max(len(ids) for ids, _ in docs)
    ids = torch.tensor([row + [PAD] * (width - len(row)) for row, _ in docs])
    mask = torch.ones(width - 1, width - 1, dtype=torch.bool).tril()[None, None]
    hidden, _ = model.model(ids[:, :-1], mask, *model.tables(width - 1))
    wanted = torch.tensor([[start <= j < len(row) for j in range(1, width)] for row, start in docs])
    right = ~wanted
    right[wanted] = (hidden[wanted] @ model.model.embed_tokens.weight.T).argmax(-1) == ids[:, 1:][wanted]
    return [bool(x) for x in right.all(1)]


def measure(model: Tiny, tokenizer: Tokenizer, count: int, seed: int = 77) -> dict[str, float]:
    """Share of exact answers for every kind."""
    result: dict[str, float] = {}
    for kind, maker in KINDS.items():
        if kind == "label_unseen" and len(held()) < 2:
            continue
        rng = random.Random(f"probe:{seed}:{kind}")
        docs = [maker(rng) for _ in range(count)]
        coded = [
            (tokens.encode(tokenizer, d)[0], 1 + len(tokens.encode(tokenizer, Doc(d.parts[:-1]))[0])) for d in docs
        ]
        coded.sort(key=lambda pair: len(pair[0]))
        right = sum(sum(exact(model, coded[at : at + 20])) for at in range(0, count, 20))
        result[kind] = round(right / count, 3)
    return result


def load(folder: Path) -> Tiny:
    """The exported weights in the plain model."""
    from safetensors.torch import load_file

    model = Tiny(Config())
    state = {k: v.float() for k, v in load_file(folder / "model.safetensors").items() if k != "lm_head.weight"}
    model.load_state_dict(state)
    return model


def main() -> None:
    """Probe a folder and print one JSON line."""
    p = argparse.ArgumentParser(prog="python -m pretrain.probe", description=__doc__)
    p.add_argument("folder", nargs="?", type=Path, default=TINY)
    p.add_argument("--count", type=int, default=100)
    p.add_argument("--seed", type=int, default=78)
    args = p.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(measure(load(args.folder), tokens.load(args.folder), args.count, args.seed)))


if __name__ == "__main__":
    main()
