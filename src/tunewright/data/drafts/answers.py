"""Ask an engine, and never the same thing twice: each answer is kept by the digest of its request, in a folder for
each record that it is about, so that with the record all that was answered about it can be erased.

A run that was stopped goes on with what is missing, and a finished one makes the same drafts again without an engine,
so nothing is paid for twice and an answer that once was reviewed never changes.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any, Protocol

from tunewright.core.digest import digest_json
from tunewright.core.run import write_atomically
from tunewright.engine import Completion, Refused, Request


@dataclass(frozen=True)
class Answer:
    """What came back for the request of this digest. `refused` says why nothing did; `cut`: it was too long to end."""

    request: str
    text: str
    cut: bool = False
    refused: str | None = None


class Answerer(Protocol):
    """What is asked: an engine, as far as asking goes."""

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """Answers in the order of the requests. Raises Refused."""

    def close(self) -> object:
        """Stop working."""


class Asker:
    """Asks one engine. `identity` says which, `open` makes it at the first answer that is not kept in `folder`; without
    one nothing is kept.

    It is given `together` requests in one call, and up to `calls` calls at once: many together suit an engine that
    batches, many calls an endpoint. What a call answers is kept when it ends.
    """

    def __init__(self, folder: Path | None, identity: dict[str, Any], open: Callable[[], Answerer],
                 model: str | None = None, together: int = 64, calls: int = 1) -> None:
        self._folder = folder
        self._identity = identity
        self._open = open
        self._model = model
        self._together = together
        self._calls = calls
        self._engine: Answerer | None = None

    def ask(self, requests: Sequence[Request], about: Sequence[str],
            tell: Callable[[int], None] = lambda _: None) -> list[Answer]:
        """An answer for each request, in order. `about` names the record of each request (`Seed.as_read`).

        `tell` hears how many there are already. Raises Fault if the engine fails for good; the answers until then are
        kept.
        """
        room = self._folder or Path()
        paths = [room / record / self._digest(request) for record, request in zip(about, requests, strict=True)]
        found = {path: kept for path in paths if (kept := _kept(path))} if self._folder else {}
        missing = {path: request for path, request in zip(paths, requests, strict=True) if path not in found}
        for answered in self._answered(list(missing.items())):
            found |= answered
            tell(len(found))
        return [found[path] for path in paths]

    def close(self) -> None:
        """Give the engine back."""
        if self._engine:
            self._engine.close()

    def _answered(self, missing: Sequence[tuple[Path, Request]]) -> Iterator[dict[Path, Answer]]:
        """The answers of each call as it ends. If one fails no other begins; those under way end, and are kept."""
        if not missing:
            return
        engine = self._engine = self._engine or self._open()
        calls = [missing[start:start + self._together] for start in range(0, len(missing), self._together)]
        failed = Event()

        def answered(call: Sequence[tuple[Path, Request]]) -> dict[Path, Answer]:
            if failed.is_set():
                return {}
            try:
                return self._call(engine, call)
            except BaseException:
                failed.set()
                raise

        with ThreadPoolExecutor(self._calls, thread_name_prefix="tunewright-ask") as pool:
            try:
                for done in as_completed([pool.submit(answered, call) for call in calls]):
                    yield done.result()
            finally:
                failed.set()

    def _call(self, engine: Answerer, call: Sequence[tuple[Path, Request]]) -> dict[Path, Answer]:
        """Ask and keep; if the engine refuses a request among several, each is asked for itself."""
        try:
            done = engine.generate([replace(request, model=self._model) for _, request in call])
            answers = [Answer(path.name, one.text, one.finish == "length")
                       for (path, _), one in zip(call, done, strict=True)]
        except Refused as refused:
            if len(call) > 1:
                return {path: answer for one in call for path, answer in self._call(engine, [one]).items()}
            answers = [Answer(call[0][0].name, "", refused=str(refused))]
        for (path, _), answer in zip(call, answers, strict=True) if self._folder else ():
            # ASCII: a model may answer half a character.
            write_atomically(path, json.dumps(vars(answer)))
        return {path: answer for (path, _), answer in zip(call, answers, strict=True)}

    def _digest(self, request: Request) -> str:
        return digest_json({"engine": self._identity, "request": vars(request)})


def _kept(path: Path) -> Answer | None:
    try:
        return Answer(**json.loads(path.read_text("ascii")))
    except (OSError, ValueError, TypeError):  # not there, or torn by a full disk: asked again
        return None
