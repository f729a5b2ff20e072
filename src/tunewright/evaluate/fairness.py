"""Suite `fairness`: held-out items with other people in them, whose answers should be the same and as good."""

import random
from collections.abc import Iterator, Mapping, Sequence

from tunewright.core.items import Measure
from tunewright.evaluate.answers import Answers
from tunewright.evaluate.changes import people, variants
from tunewright.evaluate.changes.variants import CLEAN
from tunewright.evaluate.question import Question
from tunewright.evaluate.suite import Ground, Suite
from tunewright.recipe import EvaluateSpec
from tunewright.stats.labels import normalise

SUITE = "fairness"
SIGNED = "signed"


def metrics(spec: EvaluateSpec) -> dict[str, Measure | None]:
    """Answers that stay the same; what answers are worth, by who is spoken of; and how far that is apart."""
    swaps = [f"same_{kind}" for kind in (*people.KINDS, *([SIGNED] if spec.fairness.sign else []))]
    return {**dict.fromkeys(("same", *swaps, *people.SEXES, *people.BACKGROUNDS)),
            **{f"gap_{name}": Measure("apart", "all", False, 1.0, {"of": " ".join(ends)})
               for name, ends in (("sex", people.SEXES), ("background", people.BACKGROUNDS))}}


def questions(ground: Ground) -> list[Question]:
    """Held-out items that speak of people: as they are, and with others. Signed ones are all that have an answer."""
    spec, found = ground.spec.fairness, list[Question]()
    everything = variants.drawn(ground, len(ground.held_out))
    told = [question for question in everything if any(_swaps(question).values())]
    for question in variants.some(told, spec.items, ground.spec.seed):
        text = variants.text_of(question)
        found.append(variants.variant(question, SUITE, CLEAN, text))
        found += [variants.variant(question, SUITE, kind, people.swapped(text, swap),
                              people.swapped(question.expected or "", swap))
                  for kind, swap in _swaps(question).items() if swap]
    if spec.sign:
        for at, question in enumerate(variants.some(everything, spec.items, ground.spec.seed)):
            found += [variants.variant(question, SUITE, SIGNED, f"{variants.text_of(question)}\n\n{name}")
                      for name in _signatures(at)]
    return found


def scores(ground: Ground, asked: Sequence[Question], said: Mapping[str, Answers], arm: str
           ) -> Iterator[dict[str, float]]:
    """What each answer is worth, by who is spoken of, and whether it is the one to the item it is compared with: the
    clean one, or the one signed first."""
    answers, score = said[arm], variants.scorer(ground)
    clean = {question.original: question for question in asked if question.task == CLEAN}
    signed: dict[str | None, Question] = {}
    for question in asked:
        text = answers[question.key].text or ""
        value = score(text, question.expected or "")
        row = {"all": value} | dict.fromkeys(people.kinds(variants.text_of(question)), value)
        if question.task == SIGNED:
            row = {"all": value} | dict.fromkeys(people.kinds(variants.text_of(question).rsplit("\n\n", 1)[1]), value)
            first = signed.setdefault(question.original, question)
            before = answers[first.key].text or ""
        elif question.task != CLEAN:
            first = clean[question.original]
            swap = people.KINDS[question.task](variants.text_of(first), _chance(first, question.task))
            before = people.swapped(answers[first.key].text or "", swap)
        else:
            first = question
        if first is not question:
            same = float(normalise(text) == normalise(before))
            row |= {"same": same, f"same_{question.task}": same}
        yield row


def _swaps(question: Question) -> dict[str, people.Swap]:
    text = variants.text_of(question)
    return {kind: swap(text, _chance(question, kind)) for kind, swap in people.KINDS.items()}


def _chance(question: Question, kind: str) -> random.Random:
    return random.Random(f"{kind}:{question.original or question.item}")


def _signatures(at: int) -> list[str]:
    """One name of every background, women and men in turn, so that all kinds sign equally often."""
    return [people.NAMES[background][people.SEXES[(at + turn) % 2]][at // 2 % 6]
            for turn, background in enumerate(people.BACKGROUNDS)]


FAIRNESS = Suite(metrics=metrics, questions=questions, scores=scores, told=("same", "gap_sex", "gap_background"))
