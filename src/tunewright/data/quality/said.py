"""What a record says, as the checks of quality read it."""

import re
from dataclasses import dataclass

from tunewright.core.examples import Example, Message

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


@dataclass(frozen=True)
class Said:
    """The turns of a record without its system prompt, which is the recipe's or the source's and not the record's.

    Raw text is an answer to nothing; of a preference both answers are answers.
    """

    asked: tuple[str, ...]
    answered: tuple[str, ...]

    @property
    def turns(self) -> tuple[str, ...]:
        """All of it."""
        return self.asked + self.answered


def said(example: Example) -> Said:
    """The turns of an example by who speaks; calls of tools are not text and left aside."""
    if example.text is not None:
        return Said((), (example.text,))
    turns = (*example.messages, *example.prompt, *example.chosen, *example.rejected)
    return Said(_by(turns, ("user", "tool")), _by(turns, ("assistant",)))


def words(text: str) -> list[str]:
    """The words of a text as they stand there; where a script has no spaces, each character is one."""
    return _WORD.findall(text)


def plain(text: str) -> str:
    """A text in lower case with straight apostrophes and single spaces, so that phrases are found in it."""
    return " ".join(text.casefold().replace("\u2019", "'").split())


def _by(turns: tuple[Message, ...], roles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(turn["content"] for turn in turns if turn["role"] in roles and turn.get("content"))
