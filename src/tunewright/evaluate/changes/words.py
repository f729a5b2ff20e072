"""Words of a text, and which of them a change must leave alone."""

import re

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_END = re.compile(r"(?<=[.!?])\s+")


def held(expected: str) -> frozenset[str]:
    """The words of an expected answer, in lower case, of at least two letters or digits."""
    return frozenset(part.lower() for word in WORD.findall(expected) for part in (word, *re.split(r"['’-]", word))
                     if len(part) > 1)


def is_held(word: str, kept: frozenset[str]) -> bool:
    """Whether a word, or a part of it, is one that must stay."""
    return any(part.lower() in kept for part in (word, *re.split(r"['’-]", word)))


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [sentence for sentence in _END.split(text.strip()) if sentence]


def like(model: str, word: str) -> str:
    """`word` with the capitals of `model`; "i" is one by itself."""
    if model.isupper() and len(model) > 1:
        return word.upper()
    if word.startswith(("i ", "i'")):
        return f"I{word[1:]}"
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
