"""A judge's word on a sample of live answers, for metric `judged`; asked by the monitor, never by the gateway."""

from collections.abc import Iterator, Mapping
from typing import Any

from tunewright.core.digest import digest_bytes
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import Run, Say
from tunewright.judge import asking, rubric
from tunewright.judge.make import asker
from tunewright.judge.tries import Question, ask
from tunewright.monitor.outcome import Outcome, unit
from tunewright.recipe.judge import RubricSpec
from tunewright.recipe.monitor import JudgedSpec

_POINTS = 2**32
MOST = 200
"""Answers that one look has rated at most; what comes beyond is left to the others of the sample."""


class Sampled:
    """The answers of the sample that came since the last look. A hash of the answer's id draws, so that a trail that is
    read again has the same answers rated, and none is asked about twice.
    """

    def __init__(self, home: Home, by: str, spec: JudgedSpec, say: Say) -> None:
        self._spec, self._say = spec, say
        self._rubric = RubricSpec(kind="rubric", engine=spec.engine, criteria=spec.criteria)
        self._asker = asker(spec.engine, home.path, Run(home, home.path, by, say))
        self._waiting: list[Mapping[str, Any]] = []

    def take(self, record: Mapping[str, Any]) -> None:
        """Keep an answer for the next `judged` if it is drawn and its text is there."""
        if record["status"] != 200 or record.get("shadow_of") or "answer" not in record:
            return
        drawn = int(digest_bytes(record["id"].encode())[:8], 16) < self._spec.sample * _POINTS
        if drawn and len(self._waiting) < MOST:
            self._waiting.append(record)

    def judged(self) -> Iterator[Outcome]:
        """What the judge says of them, from 0 to 1: the mean of its criteria. An invalid judgement says nothing.

        If the judge cannot be asked, that is said, and they are asked about at the next look.
        """
        if not self._waiting:
            return
        told = asking.rubric(self._spec.criteria, False)
        questions = [_question(told, record) for record in self._waiting]
        try:
            replies = ask(self._rubric, questions, asking.rubric_schema(self._spec.criteria), self._asker, _quiet)
        except Fault as fault:
            self._say("monitor", f"the judge cannot be asked: {fault}")
            return
        for record, reply in zip(self._waiting, replies, strict=True):
            if reply.said:
                mean = sum(reply.said.values()) / len(reply.said)
                yield Outcome(record["release"], "judged", unit(record), (mean - 1) / (rubric.BEST - 1))
        self._waiting = []

    def close(self) -> None:
        """Give the judge's engine back."""
        self._asker.close()


def _question(told: str, record: Mapping[str, Any]) -> Question:
    """What the judge is shown: the conversation, or the text that was to be gone on with, and the first answer."""
    prompt = record.get("prompt") or ""
    turns = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    first = record["answer"][0] if record["answer"] else ""
    answer = first if isinstance(first, str) else str(first.get("text", ""))
    return Question(record["id"], answer, asking.conversation(told, turns, answer=answer))


def _quiet(_done: int, _all: int) -> None:
    """Nobody watches the count."""
