"""Changed variants of held-out items: which are drawn, and what each is called."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from tunewright.core.digest import digest_json
from tunewright.evaluate import task
from tunewright.evaluate.answers import Answers
from tunewright.evaluate.question import Question
from tunewright.evaluate.scorers import Score, accuracy, chosen, exact
from tunewright.evaluate.suite import Ground
from tunewright.stats.labels import OF_SET

Change = Callable[[str, str, random.Random], str | None]
"""From a text, the expected answer and a source of chance to the same in another way; None where there is none.

Words that the expected answer holds stay as they are: what is copied or extracted must still be there."""

CLEAN = "clean"
"""The kind of an item that is asked as it is."""


def changed(ground: Ground, suite: str, items: int, changes: Mapping[str, Change]) -> list[Question]:
    """Of at most `items` held-out items: each as it is, and in every way that changes it; items stay together."""
    found: list[Question] = []
    for question in drawn(ground, items):
        found.append(variant(question, suite, CLEAN, text_of(question)))
        for kind, change in changes.items():
            rng = random.Random(f"{ground.spec.seed}:{kind}:{question.item}")
            text = change(text_of(question), question.expected or "", rng)
            if text is not None and text != text_of(question):
                found.append(variant(question, suite, kind, text))
    return found


def drawn(ground: Ground, items: int) -> list[Question]:
    """Held-out questions of one answer whose last user turn is text, at most `items` of them."""
    spec = ground.spec.model_copy(update={"items": None, "samples": 1, "temperature": 0.0})
    fit = [question for question in task.questions(replace(ground, spec=spec))
           if question.expected is not None and text_of(question)]
    return some(fit, items, spec.seed)


def some(questions: Sequence[Question], items: int, seed: int) -> list[Question]:
    """At most `items` of them, drawn with the seed, in their order."""
    if items >= len(questions):
        return list(questions)
    return [questions[at] for at in sorted(random.Random(seed).sample(range(len(questions)), items))]


def text_of(question: Question) -> str:
    """The text of the last user turn; empty if there is none, or it is more than text."""
    at = _last(question)
    content = None if at is None else question.messages[at].get("content")
    return content if isinstance(content, str) else ""


def variant(question: Question, suite: str, kind: str, text: str, expected: str | None = None) -> Question:
    """The question with another text in its last user turn, as an item of `suite`. Variants of one item are a group."""
    at = _last(question)
    messages = tuple({**turn, "content": text} if place == at else turn
                     for place, turn in enumerate(question.messages))
    name = digest_json({"suite": suite, "of": question.item, "kind": kind, "messages": messages})
    return replace(question, suite=suite, item=name, task=kind, messages=messages, target=None, original=question.item,
                   expected=question.expected if expected is None else expected,
                   group=question.item if question.group is None else question.group)


def scorer(ground: Ground) -> Score:
    """What decides whether an answer is right: the recipe's first scorer that compares two texts."""
    found = list(chosen(ground.spec, ground.schema).values())
    return found[0] if found else accuracy if set(OF_SET) & set(ground.spec.scorers) else exact


def judged(ground: Ground, asked: Sequence[Question], answers: Answers) -> Iterator[tuple[Question, float, Question]]:
    """Each question, what its answer is worth, and its clean one (itself, if it has none)."""
    score = scorer(ground)
    clean = {question.original: question for question in asked if question.task == CLEAN}
    for question in asked:
        yield question, score(answers[question.key].text or "", question.expected or ""), clean.get(
            question.original, question)


def _last(question: Question) -> int | None:
    return max((at for at, turn in enumerate(question.messages) if turn["role"] == "user"), default=None)
