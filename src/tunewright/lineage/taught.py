"""The training records that ask most nearly what a response was asked: where to look for why it says what it says.

A model learned from all of its records, and no walk can tell which of them made an answer. These are the likeliest:
those that asked the very same, and those whose questions share most words with it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.core.examples import Example, stream_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset

SHOWN = 5
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Taught:
    """A training record: its source's path, its row there, its id; `similarity` of its question to what was asked, the
    share of all words of both that they share (Jaccard), 1 if it asked the very same.
    """

    path: str
    row: int
    id: str
    similarity: float


def taught(home: Home, dataset: Dataset, audit: Mapping[str, Any]) -> tuple[Taught, ...]:
    """The nearest records of the training part, nearest first; none if the dataset is not in the store any more.

    Where the audit record keeps no text, only those that asked the very same can be told, by the prompt's digest.
    """
    wanted = _words(_last(audit.get("prompt")))
    try:
        found = nlargest(SHOWN, _near(stream_examples(home.store, dataset, "train"), audit["prompt_digest"], wanted),
                         key=lambda one: one[0])
    except Fault:
        return ()
    return tuple(Taught(dataset.origins[one.source].path, one.row, one.id, round(near, 4)) for near, one in found)


def _near(examples: Iterable[Example], digest: str, wanted: frozenset[str]) -> Iterator[tuple[float, Example]]:
    for example in examples:
        asked = _asked(example)
        if _same(example, asked, digest):
            yield 1.0, example
        elif wanted and (words := _words(_last(asked))) and (shared := len(wanted & words)):
            yield shared / len(wanted | words), example


def _asked(example: Example) -> list[dict[str, Any]] | str:
    """What a record asks: all before its last answer, or its text."""
    if example.text is not None:
        return example.text
    messages = list(example.messages or example.prompt)
    return messages[:-1] if messages and messages[-1]["role"] == "assistant" else messages


def _same(example: Example, asked: list[dict[str, Any]] | str, digest: str) -> bool:
    """Whether the record asks what has this digest, as the gateway digests what it is asked."""
    if isinstance(asked, str):
        return digest_json({"prompt": asked}) == digest
    return digest_json({"messages": asked, "tools": example.tools or None}) == digest


def _last(asked: Any) -> str:
    """The text that was asked last."""
    if isinstance(asked, str):
        return asked
    return next((turn["content"] or "" for turn in reversed(asked or ()) if turn["role"] == "user"), "")


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))
