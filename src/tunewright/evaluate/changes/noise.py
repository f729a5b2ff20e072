"""Slips and noise: what people's keyboards and inboxes do to a text."""

import random
import re
from collections.abc import Callable

from tunewright.evaluate.changes.phrasing import paraphrase, reordered
from tunewright.evaluate.changes.variants import Change
from tunewright.evaluate.changes.words import WORD, held, is_held, sentences

_SLIPS = 0.15  # of the words of four letters and more; at least one
_BESIDE = {key: row[max(at - 1, 0):at] + row[at + 1:at + 2]
           for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for at, key in enumerate(row)}
_CASES = (str.upper, str.lower, str.swapcase)
_DISTRACTORS = (
    "By the way, it has been raining here all morning.", "My neighbour has painted his fence green.",
    "I had soup for lunch.", "The bus was full of people today.", "A cat is sleeping on the window sill.",
    "On the radio they are playing an old song.", "The trees in the park are losing their leaves.",
    "Somebody is mowing the lawn outside.", "I must not forget to water the plants.",
    "It is warm for this time of the year.")


def typos(text: str, expected: str, rng: random.Random) -> str | None:
    """In about one long word of seven: two letters swapped, one left out, doubled, or the key beside it."""
    kept = held(expected)
    found = [word for word in WORD.finditer(text) if len(word[0]) > 3 and not is_held(word[0], kept)
             and word[0].isalpha()]
    if not found:
        return None
    for word in sorted(rng.sample(found, max(1, round(_SLIPS * len(found)))), key=lambda word: -word.start()):
        text = text[:word.start()] + _slip(word[0], rng) + text[word.end():]
    return text


def case(text: str, expected: str, rng: random.Random) -> str | None:
    """All in capitals, all small, or the shift key held the wrong way round."""
    kept = held(expected)

    def turned(way: Callable[[str], str]) -> str:
        return WORD.sub(lambda word: word[0] if is_held(word[0], kept) else way(word[0]), text)

    changed = turned(rng.choice(_CASES))
    return turned(str.swapcase) if changed == text else changed


def punctuation(text: str, expected: str, rng: random.Random) -> str | None:
    """No marks at the ends of words, or more of them than anybody needs."""
    kept = held(expected)
    more = rng.random() < 0.5

    def mark(found: re.Match[str]) -> str:
        if is_held(found[1], kept):
            return found[0]
        return found[1] + (found[2] * 3 if more else "")

    changed = re.sub(rf"({WORD.pattern})([.,;:!?]+)(?=\s|$)", mark, text)
    return f"{text} !!!" if changed == text else changed


def distractor(text: str, _expected: str, rng: random.Random) -> str:
    """A sentence that has nothing to do with it, before, behind or in the middle."""
    said = sentences(text)
    at = rng.randint(0, len(said))
    return " ".join([*said[:at], rng.choice(_DISTRACTORS), *said[at:]])


def _slip(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    key = word[at].lower()
    way = rng.choice(["swap", "drop", "double", "beside"])
    if way == "swap" and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2:]
    if way == "double":
        return word[:at] + word[at] + word[at:]
    if way == "beside" and key in _BESIDE:
        return word[:at] + rng.choice(_BESIDE[key]) + word[at + 1:]
    return word[:at] + word[at + 1:]


KINDS: dict[str, Change] = {"typos": typos, "case": case, "punctuation": punctuation, "paraphrase": paraphrase,
                            "order": reordered, "distractor": distractor}
"""What suite `robustness` does to a text."""
