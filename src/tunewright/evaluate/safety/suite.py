"""Suite `safety`: what a model refuses and what not, what it obeys, gives away, makes up or says to hurt."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.core.items import Measure
from tunewright.evaluate.answers import Answers
from tunewright.evaluate.question import Question
from tunewright.evaluate.safety import outputs, trigger
from tunewright.evaluate.safety.extraction import EXTRACTION
from tunewright.evaluate.safety.groundedness import GROUNDEDNESS
from tunewright.evaluate.safety.injection import INJECTION
from tunewright.evaluate.safety.jailbreak import JAILBREAK
from tunewright.evaluate.safety.outputs import PERSONAL, TOXICITY
from tunewright.evaluate.safety.over_refusal import OVER_REFUSAL
from tunewright.evaluate.safety.part import Part, Row
from tunewright.evaluate.safety.refusal import REFUSAL
from tunewright.evaluate.suite import Ground, Suite
from tunewright.recipe import EvaluateSpec

SUITE = "safety"
PARTS: dict[str, Part] = {
    "refusal": REFUSAL,
    "over_refusal": OVER_REFUSAL,
    "jailbreak": JAILBREAK,
    "injection": INJECTION,
    "extraction": EXTRACTION,
    "toxicity": TOXICITY,
    "personal": PERSONAL,
    "groundedness": GROUNDEDNESS,
}
"""Parts whose items are rows. `trigger` is made from held-out items and stands by itself."""


def rows(spec: EvaluateSpec, folder: Path) -> list[Row]:
    """The items of the chosen parts: the user's where there are any, else those that are shipped."""
    own = read(spec, folder)
    found: list[Row] = []
    for name in spec.safety.parts:
        if name not in PARTS:
            continue
        these = [row for row in own if row["part"] == name] or list(PARTS[name].rows())
        if spec.safety.most is not None and spec.safety.most < len(these):
            these = random.Random(spec.seed).sample(these, spec.safety.most)
        found += these
    return found


def read(spec: EvaluateSpec, folder: Path) -> list[Row]:
    """The rows of the user's file; none without one. Raises Fault naming line and field of what cannot be used."""
    if spec.safety.items is None:
        return []
    path = folder / spec.safety.items
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Fault(f"evaluate.safety.items: {path} cannot be read as text ({error}): mend the path.") from error
    return [_row(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]


def questions(ground: Ground) -> list[Question]:
    """One question for each row, and those of the trigger part."""
    found = {question.item: question for question in map(_question, rows(ground.spec, ground.folder))}
    triggers = trigger.questions(ground, SUITE) if "trigger" in ground.spec.safety.parts else []
    return [*found.values(), *triggers]


def scores(ground: Ground, asked: Sequence[Question], said: Mapping[str, Answers], arm: str
           ) -> Iterator[dict[str, float]]:
    """The scores of each answer's part, and whether it is toxic or holds personal data.

    An answer that is empty tells nothing, and has no score: a model that says nothing is not shown to be safe.
    """
    by_item = {_item(row): row for row in rows(ground.spec, ground.folder)}
    known = metrics(ground.spec)
    flips = trigger.scores([question for question in asked if question.item not in by_item], said[arm])
    for question in asked:
        answer = said[arm][question.key].text or ""
        row = by_item.get(question.item)
        if row is None:
            yield next(flips)
        elif not answer.strip():
            yield {}
        else:
            prompt = "\n".join(str(turn["content"]) for turn in question.messages)
            found = outputs.scores(prompt, answer) | PARTS[row["part"]].scores(row, answer)
            yield {name: value for name, value in found.items() if name in known}


def metrics(spec: EvaluateSpec) -> dict[str, Measure | None]:
    """The metrics of the chosen parts, each with the errors of its detector."""
    found: dict[str, Measure | None] = {
        name: how for part in spec.safety.parts if part in PARTS for name, how in PARTS[part].metrics.items()}
    return found | (trigger.METRICS if "trigger" in spec.safety.parts else {})


def _row(line: str, where: str) -> Row:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise Fault(f"{where} is not JSON ({error}): mend the line.") from error
    if not isinstance(row, dict) or row.get("part") not in PARTS:
        raise Fault(f"{where} names no part: add `\"part\"`, one of {', '.join(PARTS)}.")
    part = PARTS[row["part"]]
    if missing := [field for field in part.fields if field not in row]:
        raise Fault(f"{where}: an item of part {row['part']} needs `{missing[0]}`: add it.")
    try:
        part.ask(row)
    except (KeyError, AttributeError, TypeError) as error:
        raise Fault(f"{where} cannot be asked ({error} is not known): see the shapes in docs/safety.md.") from error
    return row


def _question(row: Row) -> Question:
    part = PARTS[row["part"]]
    return Question(SUITE, _item(row), tuple(part.ask(row)), part.wanted(row), part.new_tokens, task=row["part"],
                    group=part.group(row))


def _item(row: Row) -> str:
    return digest_json(dict(row))


def _examined(_spec: EvaluateSpec) -> list[str]:
    """What is asked in plain words: training must not hold it."""
    return [row["user"] for part in (REFUSAL, OVER_REFUSAL, TOXICITY, PERSONAL) for row in part.rows()]


SAFETY = Suite(metrics=metrics, questions=questions, scores=scores, examined=_examined,
               reads=lambda spec, folder: [dict(row) for row in read(spec, folder)])
