"""What is kept of a sampled question and its answer so that drift can be seen: a language and sketches, never a text.

A sketch counts the hashes of a text's letters or words in 32 cells, as a direction: texts that are alike have sketches
that are near, and no text can be read from one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.util import find_spec
from typing import Any

from tunewright.recipe.engine import AddressSpec

CELLS = 32
READ = 2_000
"""Characters of a text that count."""


def _letters(text: str) -> Iterator[str]:
    return (text[at:at + 3] for at in range(len(text) - 2))


def _words(text: str) -> Iterator[str]:
    return iter(text.split())


KINDS: dict[str, Callable[[str], Iterator[str]]] = {"letters": _letters, "words": _words}
"""What a sketch is made of."""


def figures(messages: Sequence[dict[str, Any]] | None, prompt: str | None, answer: str,
            encoder: str | AddressSpec) -> dict[str, Any]:
    """Language and sketch of what was asked last, and a sketch of the answer. An encoder elsewhere is not asked here:
    the monitor does, where it has the text; sketches are of letters then.
    """
    asked, parts = question(messages, prompt), encoder if isinstance(encoder, str) else "letters"
    return {"language": language(asked), "sketch": sketch(asked, parts), "answer_sketch": sketch(answer, parts)}


def question(messages: Sequence[Mapping[str, Any]] | None, prompt: str | None) -> str:
    """What was asked last: the text that was to be gone on with, or the user's last turn."""
    return prompt or next((str(message["content"]) for message in reversed(messages or ())
                           if message.get("role") == "user" and message.get("content")), "")


def sketch(text: str, encoder: str = "letters") -> list[int]:
    """Counts of hashed parts in 32 cells, scaled so that their squares sum to about 100², rounded."""
    counts = [0] * CELLS
    for part in KINDS[encoder](" ".join(text[:READ].lower().split())):
        counts[_cell(part)] += 1
    length = sum(count * count for count in counts) ** 0.5
    return [round(100 * count / length) for count in counts] if length else counts


@lru_cache(1 << 16)
def _cell(part: str) -> int:
    return blake2b(part.encode(errors="replace"), digest_size=1).digest()[0] % CELLS


def warm() -> None:
    """Have ready what telling languages needs: reading it takes a second, which the first answers would wait for."""
    language("What is this?")


def language(text: str) -> str:
    """The likeliest language (ISO 639) if py3langid is there, else the script that most letters are of."""
    if _identifies():
        from tunewright.data.quality.language import of_text

        return of_text(text)
    letters = [character for character in text[:200] if character.isalpha()]
    wide = sum(character > "\u024f" for character in letters)
    return "none" if not letters else "other" if wide * 2 > len(letters) else "latin"


@cache
def _identifies() -> bool:
    return find_spec("py3langid") is not None
