"""Ask an engine, and never the same thing twice: each answer is kept by the digest of its request, in a folder for
each record that it is about, so that with the record all that was answered about it can be erased.

A run that was stopped goes on with what is missing, and a finished one makes the same drafts again without an engine,
so nothing is paid for twice and an answer that once was reviewed never changes.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tunewright.core.digest import digest_json
from tunewright.core.run import write_atomically
from tunewright.engine import Engine, Refused, Request

_TOGETHER = 64
"""Most requests between two writings: what a stopped run asks again."""


@dataclass(frozen=True)
class Answer:
    """What came back for the request of this digest. `refused` says why nothing did; `cut`: it was too long to end."""

    request: str
    text: str
    cut: bool = False
    refused: str | None = None


class Asker:
    """Asks one engine. `identity` says which, `open` makes it at the first answer that is not kept in `folder`."""

    def __init__(self, folder: Path, identity: dict[str, Any], open: Callable[[], Engine],
                 model: str | None = None) -> None:
        self._folder = folder
        self._identity = identity
        self._open = open
        self._model = model
        self._engine: Engine | None = None
        self.asked = 0

    def ask(self, requests: Sequence[Request], about: Sequence[str],
            tell: Callable[[int], None] = lambda _: None) -> list[Answer]:
        """An answer for each request, in order. `about` names the record of each request (`Seed.as_read`).

        `tell` hears how many there are already. Raises Fault if the engine fails for good; the answers until then are
        kept.
        """
        paths = [self._folder / record / self._digest(request) for record, request in zip(about, requests, strict=True)]
        found = {path: kept for path in paths if (kept := _kept(path))}
        missing = {path: request for path, request in zip(paths, requests, strict=True) if path not in found}
        names = list(missing)
        for start in range(0, len(names), _TOGETHER):
            some = names[start:start + _TOGETHER]
            for path, answer in zip(some, self._asked([path.name for path in some], [missing[path] for path in some]),
                                    strict=True):
                found[path] = answer
                # ASCII: a model may answer half a character.
                write_atomically(path, json.dumps(vars(answer)))
            tell(len(found))
        return [found[path] for path in paths]

    def close(self) -> None:
        """Give the engine back."""
        if self._engine:
            self._engine.close()

    def _asked(self, digests: Sequence[str], requests: Sequence[Request]) -> list[Answer]:
        """Answers of the engine; if it refuses a request among several, each is asked for itself."""
        self._engine = self._engine or self._open()
        bound = [replace(request, model=self._model) for request in requests]
        try:
            done = self._engine.generate(bound)
        except Refused as refused:
            if len(requests) == 1:
                return [Answer(digests[0], "", refused=str(refused))]
            return [answer for digest, request in zip(digests, requests, strict=True)
                    for answer in self._asked([digest], [request])]
        self.asked += len(done)
        return [Answer(digest, one.text, one.finish == "length") for digest, one in zip(digests, done, strict=True)]

    def _digest(self, request: Request) -> str:
        return digest_json({"engine": self._identity, "request": vars(request)})


def _kept(path: Path) -> Answer | None:
    try:
        return Answer(**json.loads(path.read_text("ascii")))
    except (OSError, ValueError, TypeError):  # not there, or torn by a full disk: asked again
        return None
