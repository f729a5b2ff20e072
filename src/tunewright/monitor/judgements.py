"""What judges say of live answers, from 0 to 1: the mean of the judge's criteria; None where it gave no judgement."""

from collections.abc import Mapping, Sequence
from typing import Any

from tunewright.core.digest import digest_json
from tunewright.core.home import Home
from tunewright.core.run import Run, Say
from tunewright.data.drafts.engines import identity
from tunewright.judge import asking, rubric
from tunewright.judge.make import asker
from tunewright.judge.tries import Question, ask
from tunewright.monitor.background import Background, Record
from tunewright.monitor.withheld import first
from tunewright.recipe.judge import RubricSpec
from tunewright.recipe.monitor import JudgedSpec

FOLDER = "judged"
Judgements = Background[float | None]


def judgements(home: Home, by: str, spec: JudgedSpec, say: Say) -> Judgements:
    """One judge's. Raises Fault if its engine is not there."""
    asked = RubricSpec(kind="rubric", engine=spec.engine, criteria=spec.criteria)
    asks = asker(spec.engine, home.path, Run(home, home.path, by, say), keep=False)
    told, schema = asking.rubric(spec.criteria, False), asking.rubric_schema(spec.criteria)

    def said(records: Sequence[Record]) -> dict[str, float | None]:
        questions = [_question(told, record) for record in records]
        replies = ask(asked, questions, schema, asks, _quiet)
        return {question.item: _figure(reply.said) for question, reply in zip(questions, replies, strict=True)}

    which = digest_json([identity(spec.engine, home.path), spec.criteria])
    return Background(home.path / FOLDER / f"{which[:16]}.jsonl", said, "the judge", say, give_back=asks.close)


class Judges:
    """The judges that one monitor asks. Whoever names the same one, with the same criteria, shares it."""

    def __init__(self, home: Home, by: str, say: Say) -> None:
        self._home, self._by, self._say = home, by, say
        self._known: dict[str, Judgements] = {}

    def of(self, spec: JudgedSpec) -> Judgements:
        """What this judge says. Raises Fault if its engine is not there."""
        name = digest_json(spec.model_dump(mode="json", exclude={"sample"}))
        if name not in self._known:
            self._known[name] = judgements(self._home, self._by, spec, self._say)
        return self._known[name]

    def settle(self) -> bool:
        """Wait until all of them have answered or failed; whether any has said anything since the last time."""
        said = [one.settle() for one in self._known.values()]
        return any(said)

    def close(self) -> None:
        """Give their engines back, once they have answered."""
        for one in self._known.values():
            one.close()


def _figure(said: dict[str, Any] | None) -> float | None:
    return (sum(said.values()) / len(said) - 1) / (rubric.BEST - 1) if said else None


def _question(told: str, record: Mapping[str, Any]) -> Question:
    """What the judge is shown: the conversation, or the text that was to be gone on with, and the first answer."""
    prompt = record.get("prompt") or ""
    turns = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    answer = first(record)
    return Question(record["id"], answer, asking.conversation(told, turns, answer=answer))


def _quiet(_done: int, _all: int) -> None:
    """Nobody watches the count."""
