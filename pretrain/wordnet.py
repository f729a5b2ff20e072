"""Reads WordNet 3.0 (Debian package `wordnet-base`) and makes documents of word knowledge."""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass
from pathlib import Path

from pretrain.doc import Doc, Rng, chat, place, plain

ROOT = Path(os.environ.get("WORDNET", "/usr/share/wordnet"))
FILES = {"n": "data.noun", "v": "data.verb", "a": "data.adj", "r": "data.adv"}
FIELDS = """adjective relation adverb top act animal artifact attribute body cognition communication event feeling food
group location motive object person phenomenon plant possession process quantity relation shape state substance time
care change thinking telling competition consumption contact creation emotion motion perception ownership social
being weather participle""".split()  # noqa: SIM905 (the order is WordNet's lexicographer files)
NAMES = {"n": "noun", "v": "verb", "a": "adjective", "r": "adverb"}


@dataclass(frozen=True)
class Synset:
    """One meaning: its words, definition, example sentences, broader words and opposites."""

    kind: str
    words: tuple[str, ...]
    meaning: str
    examples: tuple[str, ...]
    broader: tuple[str, ...]
    opposite: str
    field: str


@functools.cache
def common() -> frozenset[str]:
    """Lemmas that occur in the sense-tagged texts, so that rare Latin names stay out."""
    rows = (ROOT / "cntlist.rev").read_text("utf-8").splitlines()
    return frozenset(row.split("%")[0] for row in rows)


def _raw(kind: str) -> dict[str, tuple[list[str], list[tuple[str, str]], str, str]]:
    table: dict[str, tuple[list[str], list[tuple[str, str]], str, str]] = {}
    for line in (ROOT / FILES[kind]).read_text("utf-8").splitlines():
        if line.startswith("  "):
            continue
        data, _, gloss = line.partition(" | ")
        fields = data.split()
        count = int(fields[3], 16)
        words = [re.sub(r"\(.*\)", "", w) for w in fields[4 : 4 + 2 * count : 2]]
        start = 4 + 2 * count
        links = [(fields[start + 1 + 4 * i], fields[start + 2 + 4 * i]) for i in range(int(fields[start]))]
        table[fields[0]] = (words, links, gloss.strip(), FIELDS[int(fields[1])])
    return table


@functools.cache
def synsets() -> tuple[Synset, ...]:
    """Every meaning with at least one common word, in file order."""
    found = []
    for kind in FILES:
        raw = _raw(kind)
        for words, links, gloss, field in raw.values():
            kept = [w for w in words if w.lower() in common()]
            if not kept:
                continue
            pieces = [p.strip() for p in gloss.split("; ")]
            meaning = "; ".join(p for p in pieces if not p.startswith('"'))
            examples = tuple(p.strip('" ') for p in pieces if p.startswith('"') and len(p) > 8)
            up = [w for sign, at in links if sign == "@" and at in raw for w in raw[at][0][:1]]
            against = [raw[at][0][0] for sign, at in links if sign == "!" and at in raw]
            found.append(
                Synset(
                    kind,
                    tuple(w.replace("_", " ") for w in kept),
                    meaning[:220],
                    examples,
                    tuple(w.replace("_", " ") for w in up),
                    against[0].replace("_", " ") if against else "",
                    field,
                )
            )
    return tuple(found)


@functools.cache
def lemmas() -> tuple[str, ...]:
    """Single common words, for lists to copy."""
    return tuple(sorted({w for s in synsets() for w in s.words if w.isalpha() and len(w) > 2}))


@functools.cache
def sentences() -> tuple[str, ...]:
    """Example sentences of four words and more."""
    return tuple(e for s in synsets() for e in s.examples if e.count(" ") >= 3)


@functools.cache
def fielded() -> tuple[Synset, ...]:
    """Meanings of nouns and verbs, which WordNet sorts into fields."""
    return tuple(s for s in synsets() if s.kind in "nv")


def _about(rng: Rng, s: Synset) -> Doc:
    word, kind = rng.choice(s.words), NAMES[s.kind]
    roll = rng.random()
    if roll < 0.5:
        return chat(
            rng.choice([f"Which word means: {s.meaning}?", f"Name the {kind}: {s.meaning}", f"{s.meaning}\nOne word?"]),
            word,
        )
    if roll < 0.6:
        return chat(
            rng.choice([f"What does {word} mean?", f"Define {word}.", f"Meaning of the {kind} {word}?"]), s.meaning
        )
    if roll < 0.68 and s.opposite:
        return chat(rng.choice([f"What is the opposite of {word}?", f"Antonym of {word}?"]), s.opposite)
    if roll < 0.82 and len(s.words) > 1:
        other = rng.choice([w for w in s.words if w != word])
        return chat(rng.choice([f"Give a synonym of {word}.", f"Another word for {word}?"]), other)
    if s.broader and roll < 0.95:
        return chat(rng.choice([f"What kind of thing is {word}?", f"{word} is a kind of what?"]), s.broader[0])
    more = f' "{rng.choice(s.examples)}"' if s.examples else ""
    return plain(f"{word} ({kind}): {s.meaning}{more}")


def _field(rng: Rng, s: Synset) -> Doc:
    text = rng.choice(s.examples) if s.examples and rng.random() < 0.3 else s.meaning
    ask = rng.choice(["Which field?", "Name the field of the meaning.", "What sort of thing is described?", "Field?"])
    if rng.random() < 0.25:
        options = list(dict.fromkeys([*rng.sample(FIELDS[3:44], rng.randint(2, 5)), s.field]))
        rng.shuffle(options)
        ask = f"{ask} {', '.join(options)}"
    return place(rng, ask, text, s.field)


def _pick(rng: Rng, s: Synset) -> Doc:
    others = [rng.choice(rng.choice(synsets()).words) for _ in range(rng.randint(1, 4))]
    word = rng.choice(s.words)
    options = [*others, word]
    rng.shuffle(options)
    return chat(f"Which of these words fits: {s.meaning}?\n{', '.join(options)}", word)


def knowledge(rng: Rng) -> Doc:
    """A definition, a synonym, a broader word, a choice between words, or an example sentence."""
    roll = rng.random()
    if roll < 0.1:
        return plain(" ".join(x[0].upper() + x[1:] + "." for x in rng.choices(sentences(), k=rng.randint(1, 3))))
    if roll < 0.22:
        return _pick(rng, rng.choice(synsets()))
    if roll < 0.45:
        return _field(rng, rng.choice(fielded()))
    return _about(rng, rng.choice(synsets()))
