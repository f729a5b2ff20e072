"""The tokenizer: byte-level BPE whose words never carry their space, so that copies share their tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from pretrain.doc import Doc
from pretrain.template import END, SPECIALS, TEMPLATE

SIZE = 4096
FIRST = 3.0  # weight of an answer's first token against the others
# Letters | one digit | everything else: " Anna" and "\"Anna" both hold the very same piece `Anna`.
PIECES = r"[\p{L}\p{M}]+|\p{N}|'(?:s|t|m|d|ll|re|ve)\b|[^\p{L}\p{M}\p{N}]+"


def train(texts: Iterable[str]) -> Tokenizer:
    """Learn the merges from the given texts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        special_tokens=SPECIALS,
        show_progress=False,
        max_token_length=14,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json, tokenizer_config.json and chat_template.jinja as transformers reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(
        json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")), "utf-8"
    )
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|end|>",
        "pad_token": "<|pad|>",
        "additional_special_tokens": SPECIALS[2:],
        "clean_up_tokenization_spaces": False,
        "model_max_length": 2048,
        "padding_side": "right",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    (folder / "chat_template.jinja").write_text(TEMPLATE, "utf-8")


def load(folder: Path) -> Tokenizer:
    """Read a trained tokenizer."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def encode(tokenizer: Tokenizer, doc: Doc) -> tuple[list[int], list[float]]:
    """Token ids, and for each id the weight of the loss on predicting it.

    Short answers weigh more per token than long ones, so that a label counts beside a long copy; and the first token
    of an answer weighs more than the others, because it decides which label or which value it is.
    """
    ids: list[int] = []
    weights: list[float] = []
    for role, text in doc.parts:
        body = tokenizer.encode(text, add_special_tokens=False).ids
        if role == "text":
            ids += [*body, END]
            weights += [0.5] * (len(body) + 1)
            continue
        ids.append(SPECIALS.index(f"<|{role}|>"))
        weights.append(0.0)
        weight = min(2.5, (10 / (len(body) + 1)) ** 0.5) if role == "assistant" else 0.0
        ids += [*body, END]
        weights += [FIRST * weight, *[weight] * len(body)]
    return ids, weights
