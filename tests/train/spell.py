"""A base of a few thousand weights with a byte tokenizer of its own, and a dataset of words to spell backwards."""

import json
import random
from pathlib import Path

from tunewright import train
from tunewright.base import Base
from tunewright.core.examples import make_example, write_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model, Origin
from tunewright.core.run import Say, silent, start
from tunewright.recipe import PhaseSpec

TEMPLATE = ("{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
            "{% if add_generation_prompt %}<|assistant|>{% endif %}")
SPECIALS = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>"]
CONFIG = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 262, "hidden_size": 64,
          "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
          "max_position_embeddings": 512, "tie_word_embeddings": True, "eos_token_id": 1, "pad_token_id": 0,
          "bos_token_id": None, "initializer_range": 0.05}


def write_base(folder: Path, **config: object) -> Path:
    """A random Llama and a byte tokenizer, saved as transformers saves them."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    folder.mkdir(parents=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({token: at for at, token in enumerate([*SPECIALS, *alphabet])}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIALS)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>", "pad_token": "<|pad|>",
        "additional_special_tokens": SPECIALS[2:], "chat_template": TEMPLATE}))
    (folder / "config.json").write_text(json.dumps({**CONFIG, **config}))
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# Small\n")
    return folder


def spelling(count: int, seed: int) -> list[tuple[str, str]]:
    """Words and their letters in reverse."""
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcdef", k=rng.randint(2, 9))) for _ in range(count)]
    return [(word, word[::-1]) for word in words]


def make_dataset(home: Home, folder: Path, train: int = 48, validation: int = 8, seed: int = 0) -> Dataset:
    """A dataset of spelled words, kept in the home's store."""
    folder.mkdir(parents=True)
    pairs = spelling(train + validation, seed)
    for part, rows in {"train": pairs[:train], "validation": pairs[train:], "test": []}.items():
        write_examples(folder / f"{part}.parquet", [make_example(row=number, messages=(
            {"role": "user", "content": word}, {"role": "assistant", "content": answer}))
            for number, (word, answer) in enumerate(rows, 1)])
    origin = Origin(path="words.csv", digest="0" * 64, license="CC0-1.0", basis="contract", rows=train + validation)
    return Dataset(name="spell", spec="0" * 64, origins=(origin,), files=home.store.put_folder(folder),
                   counts={"train": train, "validation": validation, "test": 0})


class Stop(Exception):
    """Raised from inside a training run, as a stopped process would stop it."""


def stop_at(step: int) -> Say:
    """A `progress` that stops the run once it has told of `step`."""

    def progress(stage: str, text: str) -> None:
        if text.startswith(f"{step}/"):
            raise Stop

    return progress


def train_once(home: Home, base: Base, dataset: Dataset, phase: PhaseSpec, progress: Say = silent) -> Model:
    """One call of the stage in a run of its own."""
    return train.make((phase,), base, dataset, "spell", start(home, "tester", progress=progress))
