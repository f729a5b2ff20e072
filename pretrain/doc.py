"""One training document: chat turns, or plain text under the role `text`."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

Rng = random.Random


@dataclass(frozen=True)
class Doc:
    """Turns of (role, text). Loss falls on `assistant` and `text` turns only."""

    parts: tuple[tuple[str, str], ...]


Maker = Callable[[Rng], Doc]


def chat(user: str, answer: str, system: str = "") -> Doc:
    """A single exchange; an empty system text leaves the system turn out."""
    head = (("system", system),) if system else ()
    return Doc((*head, ("user", user), ("assistant", answer)))


def plain(text: str) -> Doc:
    """Text that is learnt as it stands."""
    return Doc((("text", text),))


def place(rng: Rng, instruction: str, content: str, answer: str) -> Doc:
    """Put the instruction in the system turn, or before or after the content in the user turn."""
    roll = rng.random()
    if roll < 0.45:
        return chat(content, answer, instruction)
    if roll < 0.75:
        return chat(f"{instruction}{rng.choice([' ', chr(10), chr(10)])}{content}", answer)
    if roll < 0.9:
        return chat(f"{content}\n{instruction}", answer)
    return chat(f"{instruction}\n{content}", answer, rng.choice(SYSTEMS))


SYSTEMS = [
    "You are a helpful assistant.",
    "You are a support assistant.",
    "Answer briefly.",
    "Answer with the result only.",
    "You help customers.",
    "Follow the instruction.",
]
