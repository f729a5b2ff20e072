"""Ask a judge until it judges, a few times at most; what it says then is a judgement, or there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tunewright.core.digest import digest_json
from tunewright.data.drafts.answers import Answer
from tunewright.engine import Request
from tunewright.judge import asking
from tunewright.recipe.judge import AskedSpec

Tell = Callable[[int, int], None]
"""Hears how many answers there are, and of how many."""


class Asking(Protocol):
    """Who is asked: `data.drafts.answers.Asker`, which never asks the same thing twice."""

    def ask(self, requests: Sequence[Request], about: Sequence[str], tell: Callable[[int], None] = ...) -> list[Answer]:
        """An answer for each request, in order; `about` names the item of each."""


@dataclass(frozen=True)
class Question:
    """One thing to judge: the item it is about, its order or arm, and the two turns that the judge sees."""

    item: str
    way: str
    messages: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Reply:
    """What the judge said (None: no judgement in any try), the digest of the last request, and how many tries."""

    said: dict[str, Any] | None
    request: str
    tries: int


def ask(spec: AskedSpec, questions: Sequence[Question], schema: dict[str, Any], asker: Asking, tell: Tell
        ) -> list[Reply]:
    """A reply for each question. The first try draws nothing; each further one has its own seed."""
    found: dict[int, Reply] = {}
    for number in range(spec.retries + 1):
        left = [at for at in range(len(questions)) if at not in found or found[at].said is None]
        if not left:
            break
        requests = [_request(spec, questions[at], number) for at in left]
        done = len(questions) - len(left)
        answers = asker.ask(requests, [questions[at].item for at in left],
                            lambda count, done=done: tell(done + count, len(questions)))  # type: ignore[misc]
        for at, answer in zip(left, answers, strict=True):
            said = None if answer.refused or answer.cut else asking.read(answer.text, schema)
            found[at] = Reply(said, answer.request, number + 1)
    return [found[at] for at in range(len(questions))]


def _request(spec: AskedSpec, question: Question, number: int) -> Request:
    seed = int(digest_json([spec.seed, question.item, question.way, number])[:8], 16) >> 1
    return Request(messages=question.messages, new_tokens=spec.new_tokens, seed=seed,
                   temperature=spec.temperature if number else 0.0)
