"""Suite `generalisation`: held-out items in other words and another shape, and answers that are training text.

A model that learned the work answers them alike and rightly; one that learned the wording does not.
"""

from collections.abc import Iterator, Mapping, Sequence

from tunewright.core.examples import Example
from tunewright.core.items import Measure
from tunewright.evaluate.answers import Answers
from tunewright.evaluate.changes import phrasing, variants
from tunewright.evaluate.changes.variants import CLEAN
from tunewright.evaluate.copied import copied
from tunewright.evaluate.question import Question
from tunewright.evaluate.suite import Ground, Suite
from tunewright.recipe import EvaluateSpec
from tunewright.stats.labels import normalise

SUITE = "generalisation"


def metrics(_spec: EvaluateSpec) -> dict[str, Measure | None]:
    """As it is, in each way and in all; what changing costs; answers that stay the same; answers that are copied."""
    return {**dict.fromkeys((CLEAN, *phrasing.KINDS, "all", "consistent")),
            "drop": Measure("drop", "all", False, 1.0, {"per": "was"}), "copied": Measure(higher_is_better=False)}


def questions(ground: Ground) -> list[Question]:
    """Held-out items as they are and in every way."""
    return variants.changed(ground, SUITE, ground.spec.generalisation.items, phrasing.KINDS)


def scores(ground: Ground, asked: Sequence[Question], said: Mapping[str, Answers], arm: str
           ) -> Iterator[dict[str, float]]:
    """What each answer is worth, beside that of its clean item, and how much of it was copied."""
    answers = said[arm]
    texts = [answers[question.key].text or "" for question in asked]
    found = copied(texts, (text for example in ground.training for text in _texts(example)))
    rows = variants.judged(ground, asked, answers)
    was = {question.original: value for question, value, _ in variants.judged(ground, asked, answers)
           if question.task == CLEAN}
    for (question, value, clean), share, text in zip(rows, found, texts, strict=True):
        row = {question.task: value} | ({} if share is None else {"copied": share})
        if question.task != CLEAN:
            same = normalise(text) == normalise(answers[clean.key].text or "")
            row |= {"all": value, "was": was[question.original], "consistent": float(same)}
        yield row


def _texts(example: Example) -> Iterator[str]:
    if example.text is not None:
        yield example.text
    for turn in (*example.messages, *example.prompt, *example.chosen):
        if isinstance(turn.get("content"), str):
            yield turn["content"]


GENERALISATION = Suite(metrics=metrics, questions=questions, scores=scores,
                       told=(CLEAN, "all", "consistent", "copied"))
