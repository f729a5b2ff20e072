"""Datasets of several shapes: conversations, texts, and a taste for capital letters."""

from pathlib import Path

from spell import spelling

from tunewright.core.examples import Example, make_example, write_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Origin


def asked(word: str) -> tuple[dict[str, str], ...]:
    return ({"role": "user", "content": word},)


def said(text: str) -> tuple[dict[str, str], ...]:
    return ({"role": "assistant", "content": text},)


def conversation(word: str, answer: str) -> Example:
    return make_example(messages=(*asked(word), *said(answer)))


def preference(word: str, chosen: str, rejected: str, **more: int) -> Example:
    return make_example(prompt=asked(word), chosen=said(chosen), rejected=said(rejected), **more)


def tastes(count: int, seed: int) -> list[Example]:
    """Pairs of a word in capitals, liked, and the same word as it is."""
    return [preference(word, word.upper(), word) for word, _ in spelling(count, seed)]


def keep(home: Home, folder: Path, training: list[Example], validation: list[Example] | None = None) -> Dataset:
    """A dataset of these examples in the home's store."""
    folder.mkdir(parents=True)
    parts = {"train": training, "validation": validation or [], "test": []}
    for part, examples in parts.items():
        write_examples(folder / f"{part}.parquet", examples)
    counts = {part: len(examples) for part, examples in parts.items()}
    origin = Origin(path="words.jsonl", digest="0" * 64, license="CC0-1.0", basis="contract", rows=sum(counts.values()))
    return Dataset(name="taste", spec="0" * 64, origins=(origin,), files=home.store.put_folder(folder), counts=counts)
