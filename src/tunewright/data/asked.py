"""What a record asks and answers, as texts, and what is kept of them to find others that ask the same or nearly so."""

import hashlib
from collections.abc import Sequence
from unicodedata import normalize

from tunewright.core.examples import Example
from tunewright.recipe.duplicates import DuplicatesSpec
from tunewright.similar import banding, shingles, signatures

_MARKS = ".,;:!?…'\"`´‘’“”„«»-–—¿¡。！？、，；："
"""Marks that open and close sentences; `C#`, `C++` and `f()` are no sentences."""


def asked(example: Example) -> str:
    """What a record asks, as one text: all turns before the last answer but the system prompt, or a whole raw text."""
    if example.text is not None:
        return example.text
    turns = example.messages[:-1] or example.prompt
    return "\n".join(str(turn.get("content") or "") for turn in turns if turn["role"] != "system")


def answered(example: Example) -> str:
    """What a record answers, as one text: its last turn, or both answers of a preference; nothing for a raw text."""
    turns = example.messages[-1:] or (*example.chosen, *example.rejected)
    return "\n".join(str(turn.get("content") or "") for turn in turns)


def plain(text: str) -> bytes:
    """16 bytes that texts share if they differ in case, white space and sentence marks at their ends only.

    16 zeros for a text in which nothing else is.
    """
    bare = "".join(normalize("NFC", text).casefold().split()).strip(_MARKS)
    return hashlib.blake2b(bare.encode("utf-8", "surrogatepass"), digest_size=16).digest() if bare else bytes(16)


def sketch(texts: Sequence[str], spec: DuplicatesSpec) -> list[bytes]:
    """The bands of each text, as bytes for the spill: empty where the recipe does not look for near-duplicates."""
    if spec.near is None:
        return [b""] * len(texts)
    return [row.tobytes() for row in signatures(shingles(texts, spec.shingle), banding(spec.near))]
