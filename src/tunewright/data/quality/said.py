"""What a record says, as the checks of quality read it."""

import re
from dataclasses import dataclass
from functools import cached_property

from tunewright.core.examples import Example

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


@dataclass(frozen=True)
class Said:
    """The turns of a record without its system prompt, which is the recipe's or the source's and not the record's.

    Raw text is an answer to nothing; of a preference both answers are answers.
    """

    asked: tuple[str, ...]
    answered: tuple[str, ...]

    @cached_property
    def turns(self) -> tuple[str, ...]:
        """All of it."""
        return self.asked + self.answered

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """All of it in lower case with straight apostrophes and single spaces, so that phrases are found in it."""
        return tuple(" ".join(turn.casefold().replace("\u2019", "'").split()) for turn in self.turns)


def said(example: Example) -> Said:
    """The turns of an example by who speaks; calls of tools are not text and left aside."""
    if example.text is not None:
        return Said((), (example.text,))
    asked: list[str] = []
    answered: list[str] = []
    for turns in (example.messages, example.prompt, example.chosen, example.rejected):
        for turn in turns:
            if turn["role"] != "system" and turn.get("content"):
                (answered if turn["role"] == "assistant" else asked).append(turn["content"])
    return Said(tuple(asked), tuple(answered))


def words(text: str) -> list[str]:
    """The words of a text as they stand there; where a script has no spaces, each character is one."""
    return _WORD.findall(text)
