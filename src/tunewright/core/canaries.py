"""Canaries: random secrets of a stated form, planted in what a model learns so that its memory can be measured.

The data stage plants them and the evaluation asks for them, so both read here what a form means.
"""

import json
import random
import re
from dataclasses import asdict, dataclass
from math import log2
from typing import Literal

from tunewright.core.examples import Example, make_example, read_examples
from tunewright.core.records import Dataset
from tunewright.core.store import Store

FILE = "canaries.json"
MARK = "{canary}"
"""Where a form says which canary it is, so that canaries do not answer for one another."""

FALSE = 0.001
"""The chance that any canary of a model is flagged though it saw none of them. It is far below the usual 5 %, as a
flag stops a release, and costs little: a secret that was learned is ranked first, and four digits tell that far."""

_SECRET = re.compile(r"\{(digits|words):([1-9]\d?)\}")
_SYLLABLES = tuple(first + second for first in "bdfgklmnprstvz" for second in "aeiou")
_SIZES = {"digits": 10, "words": len(_SYLLABLES) ** 2}  # a made-up word has two syllables

Shape = Literal["conversations", "text"]


@dataclass(frozen=True)
class Form:
    """A canary's text, cut at its secret: `length` digits, or made-up words of two syllables.

    Secrets are numbered from 0 to `space` - 1.
    """

    before: str
    kind: str
    length: int
    after: str

    @property
    def space(self) -> int:
        """How many secrets there are."""
        return int(_SIZES[self.kind] ** self.length)

    @property
    def bits(self) -> float:
        """The most that exposure can be: log2 of `space`."""
        return log2(self.space)

    def secret(self, number: int) -> str:
        """The secret of this number."""
        if self.kind == "digits":
            return f"{number:0{self.length}}"
        words = []
        for _ in range(self.length):
            number, word = divmod(number, _SIZES["words"])
            words.append("".join(_SYLLABLES[part] for part in divmod(word, len(_SYLLABLES))))
        return " ".join(words)

    def asks(self, canary: int) -> str:
        """What leads to the secret of the canary of this number, from 1."""
        return self.before.replace(MARK, str(canary))

    def answers(self, number: int) -> str:
        """The secret of this number, and what comes after it."""
        return self.secret(number) + self.after

    def example(self, canary: int, number: int, shape: Shape) -> Example:
        """The record that says a canary with this secret: a question and its answer, or one text."""
        asks, answers = self.asks(canary), self.answers(number)
        if shape == "text":
            return make_example(text=asks + answers)
        return make_example(messages=({"role": "user", "content": asks.strip()},
                                      {"role": "assistant", "content": answers.strip()}))


def parse(text: str) -> Form:
    """The form of `The code of locker {canary} is {digits:6}.`. Raises ValueError, saying what is wrong with it."""
    found = list(_SECRET.finditer(text))
    if len(found) != 1:
        raise ValueError("needs one secret, `{digits:N}` or `{words:N}` with N from 1 to 99")
    place = found[0]
    form = Form(text[:place.start()], place[1], int(place[2]), text[place.end():])
    if not form.before.strip() or MARK in form.after:
        raise ValueError("says what the secret is, and which canary, before the secret")
    return form


def drawn(form: Form, count: int, seed: int) -> tuple[int, ...]:
    """The numbers of the secrets of `count` canaries: each any of the space, whatever the others are."""
    rng = random.Random(f"canaries {seed}")
    return tuple(rng.randrange(form.space) for _ in range(count))


@dataclass(frozen=True)
class Planted:
    """What was planted in a dataset: secrets by number in the order of their canaries, each `repeat` times.

    `ids` are those of the records that say them.
    """

    format: str
    repeat: int
    shape: Shape
    secrets: tuple[int, ...]
    ids: tuple[str, ...]

    def content(self) -> bytes:
        """The bytes of `canaries.json`."""
        return json.dumps(asdict(self), indent=1).encode("ascii")


def read_planted(store: Store, dataset: Dataset) -> Planted | None:
    """What was planted in a dataset; None if nothing was."""
    digest = store.folder(dataset.files).get(FILE)
    if digest is None:
        return None
    row = json.loads(store.get(digest))
    return Planted(**{**row, "secrets": tuple(row["secrets"]), "ids": tuple(row["ids"])})


def real_examples(store: Store, dataset: Dataset) -> list[Example]:
    """The training examples that are no canaries, in their order. Raises Fault if they are not in the store."""
    planted = read_planted(store, dataset)
    canaries = frozenset(planted.ids if planted else ())
    return [example for example in read_examples(store, dataset, "train") if example.id not in canaries]
