"""What judges say of live answers, asked in the background, so that no look of the monitor waits for one.

Of a judgement only its figure is kept, under the response's id: a judge may repeat in its own words what people asked,
and what is not kept need not be found again when somebody withdraws. So a trail that is read again asks nothing again.
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import Run, Say
from tunewright.data.drafts.engines import identity
from tunewright.judge import asking, rubric
from tunewright.judge.make import asker
from tunewright.judge.tries import Question, ask
from tunewright.recipe.judge import RubricSpec
from tunewright.recipe.monitor import JudgedSpec

FOLDER = "judged"
MOST = 200
"""Answers that wait for one judge at most; what comes beyond is left to the others of the sample."""
_TOGETHER = 32


class Judgements:
    """One judge's. `said` holds by the answer's id its figure from 0 to 1, the mean of the judge's criteria; None where
    it gave no judgement.
    """

    def __init__(self, home: Home, by: str, spec: JudgedSpec, say: Say) -> None:
        self._criteria, self._say = spec.criteria, say
        self._rubric = RubricSpec(kind="rubric", engine=spec.engine, criteria=spec.criteria)
        self._asker = asker(spec.engine, home.path, Run(home, home.path, by, say), keep=False)
        which = digest_json([identity(spec.engine, home.path), spec.criteria])
        self._path = home.path / FOLDER / f"{which[:16]}.jsonl"
        self.said = _read(self._path)
        self._waiting: dict[str, Mapping[str, Any]] = {}
        self._thread: threading.Thread | None = None
        self._fault = ""
        self._settled = len(self.said)

    def want(self, record: Mapping[str, Any]) -> bool:
        """Have an answer judged, from its audit record with text; False if too many wait."""
        if record["id"] in self.said or record["id"] in self._waiting:
            return True
        if len(self._waiting) >= MOST:
            return False
        self._waiting[record["id"]] = record
        return True

    def go_on(self) -> None:
        """Ask about what waits, unless that is being done. Never waits."""
        if self._waiting and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._work, name="tunewright-judge", daemon=True)
            self._thread.start()

    def settle(self) -> bool:
        """Wait until the judge has answered or failed; whether it has said anything since the last time."""
        if self._thread:
            self._thread.join()
        before, self._settled = self._settled, len(self.said)
        return self._settled > before

    def close(self) -> None:
        """Give the judge's engine back, once it has answered."""
        self.settle()
        self._asker.close()

    def _work(self) -> None:
        """On a thread of its own: until nothing waits, or the judge cannot be asked; then the next look tries again."""
        while records := list(self._waiting.values())[:_TOGETHER]:
            told = asking.rubric(self._criteria, False)
            questions = [_question(told, record) for record in records]
            try:
                replies = ask(self._rubric, questions, asking.rubric_schema(self._criteria), self._asker, _quiet)
            except Fault as fault:
                if self._fault != str(fault):
                    self._fault = str(fault)
                    self._say("monitor", f"the judge cannot be asked: {fault}")
                return
            self._keep({question.item: _figure(reply.said) for question, reply in zip(questions, replies, strict=True)})

    def _keep(self, figures: dict[str, float | None]) -> None:
        self._fault = ""
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("a") as stream:
            stream.writelines(json.dumps([name, figure]) + "\n" for name, figure in figures.items())
        self.said |= figures
        for name in figures:
            del self._waiting[name]


class Judges:
    """The judges that one monitor asks. Whoever names the same one, with the same criteria, shares it."""

    def __init__(self, home: Home, by: str, say: Say) -> None:
        self._home, self._by, self._say = home, by, say
        self._known: dict[str, Judgements] = {}

    def of(self, spec: JudgedSpec) -> Judgements:
        """What this judge says. Raises Fault if its engine is not there."""
        name = digest_json(spec.model_dump(mode="json", exclude={"sample"}))
        if name not in self._known:
            self._known[name] = Judgements(self._home, self._by, spec, self._say)
        return self._known[name]

    def settle(self) -> bool:
        """Wait until all of them have answered or failed; whether any has said anything since the last time."""
        said = [one.settle() for one in self._known.values()]
        return any(said)

    def close(self) -> None:
        """Give their engines back, once they have answered."""
        for one in self._known.values():
            one.close()


def _read(path: Path) -> dict[str, float | None]:
    """The figures that are kept; a line that a kill left half written is none."""
    found: dict[str, float | None] = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            name, figure = json.loads(line)
        except ValueError:
            continue
        found[name] = figure
    return found


def _figure(said: dict[str, Any] | None) -> float | None:
    return (sum(said.values()) / len(said) - 1) / (rubric.BEST - 1) if said else None


def _question(told: str, record: Mapping[str, Any]) -> Question:
    """What the judge is shown: the conversation, or the text that was to be gone on with, and the first answer."""
    prompt = record.get("prompt") or ""
    turns = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    answer = first(record)
    return Question(record["id"], answer, asking.conversation(told, turns, answer=answer))


def first(record: Mapping[str, Any]) -> str:
    """The text of the first answer."""
    given = record["answer"][0] if record["answer"] else ""
    return given if isinstance(given, str) else str(given.get("text", ""))


def _quiet(_done: int, _all: int) -> None:
    """Nobody watches the count."""
