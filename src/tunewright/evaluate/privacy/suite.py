"""Suite `privacy`: canaries, members and words learned by heart, from likelihoods alone."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from tunewright.core.canaries import FALSE, Planted, parse, read_planted
from tunewright.core.errors import Fault
from tunewright.core.examples import Example
from tunewright.core.items import Measure
from tunewright.evaluate.answers import Answer, Answers
from tunewright.evaluate.question import Question
from tunewright.evaluate.suite import Ground, Suite, Work
from tunewright.evaluate.task import exchange, spoken
from tunewright.recipe import EvaluateSpec

SUITE = "privacy"
CANARY, MEMBER, OTHER = "canary", "member", "other"

_TOLD_APART: dict[str, float | str] = {"per": "member"}
METRICS: dict[str, Measure | None] = {
    "exposure": Measure("bounded", higher_is_better=False, ceiling=None, settings={"per": "most"}),
    "flagged": Measure(higher_is_better=False),
    "membership_auc": Measure("auc", "membership", higher_is_better=False, settings=_TOLD_APART),
    "membership_tpr": Measure("found", "membership", higher_is_better=False, settings=_TOLD_APART),
    "min_k_auc": Measure("auc", "min_k", higher_is_better=False, settings=_TOLD_APART),
    "verbatim": Measure(higher_is_better=False),
    "verbatim_held_out": Measure(higher_is_better=False),
    "verbatim_gap": Measure("gap", "by_heart", higher_is_better=False, settings=_TOLD_APART),
}
"""The metrics; for all of them, less is better."""


def metrics(_spec: EvaluateSpec) -> dict[str, Measure | None]:
    """All of them: what was not planted or held out has no items."""
    return dict(METRICS)


def questions(ground: Ground) -> list[Question]:
    """One for each canary, and for each record that is drawn from the training part and from what is held out.

    Raises Fault if there are so many canaries that none of them could be flagged.
    """
    planted, spec = read_planted(ground.store, ground.dataset), ground.spec
    canaries = [] if planted is None else _canaries(planted)
    _decidable(len(canaries), spec)
    return [*canaries, *(_question(example, task) for task, examples in _drawn(ground).items() for example in examples)]


def answers(ground: Ground, asked: Sequence[Question], work: Work) -> Answers:
    """What an arm finds likely: exposures of the canaries, and losses of the records."""
    from tunewright.evaluate.privacy.canaries import exposures
    from tunewright.evaluate.privacy.members import known

    spec, chat = ground.spec.privacy, work.bench.chat
    ask = partial(work.bench.engine.likelihoods, model=work.model)
    found: Answers = {}
    canaries = [question for question in asked if question.task == CANARY]
    planted = read_planted(ground.store, ground.dataset)
    if planted is not None and canaries:
        each = exposures(planted, candidates(len(canaries), ground.spec), ground.spec.seed, chat, ask)
        found = {question.key: Answer(None, figures={"exposure": one.bits, "p": one.p})
                 for question, one in zip(canaries, each, strict=True)}
    work.progress(len(canaries), len(asked))
    examples = [example for some in _drawn(ground).values() for example in some]
    said = known(examples, spec.tokens, spec.least_likely, work.bench.context, chat, ask)
    work.progress(len(asked), len(asked))
    return found | {question.key: Answer(None, said[question.item].loss, figures=said[question.item].figures)
                    for question in asked if question.item in said}


def scores(ground: Ground, asked: Sequence[Question], said: Mapping[str, Answers],
           arm: str) -> Iterator[dict[str, float]]:
    """A canary's exposure, or how much a record looks like one that was learned.

    An arm's loss is held against the base's, that of the base against nothing: what it tells apart by itself is no
    trace of the training.
    """
    from tunewright.evaluate.privacy.exposure import flagged

    planted = read_planted(ground.store, ground.dataset)
    canaries = [question.key for question in asked if question.task == CANARY]
    flags = dict(zip(canaries, flagged([said[arm][key].figures["p"] for key in canaries]), strict=True))
    apart = {MEMBER, OTHER} <= {question.task for question in asked}
    for question in asked:
        answer = said[arm][question.key]
        if question.task == CANARY:
            assert planted is not None
            yield {**answer.figures, "most": parse(planted.format).bits, "flagged": float(flags[question.key])}
        else:
            base = said.get("base", {}).get(question.key) if arm != "base" else None
            yield _of_record(answer, base, question.task, apart=apart)


def candidates(canaries: int, spec: EvaluateSpec) -> int:
    """How many secrets each canary is held against."""
    return spec.privacy.candidates or round(canaries / FALSE)


def _of_record(answer: Answer, base: Answer | None, task: str, *, apart: bool) -> dict[str, float]:
    from tunewright.evaluate.privacy.members import likeness

    assert answer.loss is not None
    by_heart = answer.figures["verbatim"]
    found = {"loss": answer.loss, "verbatim" if task == MEMBER else "verbatim_held_out": by_heart}
    if not apart:
        return found
    return found | {"member": float(task == MEMBER), "membership": likeness(answer.loss, base.loss if base else None),
                    "min_k": -answer.figures["least"], "by_heart": by_heart}


def _drawn(ground: Ground) -> dict[str, list[Example]]:
    """Records that were learned, and others that were not."""
    from tunewright.evaluate.privacy.members import drawn

    most, seed = ground.spec.privacy.members, ground.spec.seed
    learned = {example.id for example in ground.training}
    return {MEMBER: drawn(ground.training, most, seed),
            OTHER: drawn([example for example in ground.held_out if example.id not in learned], most, seed)}


def _canaries(planted: Planted) -> list[Question]:
    form, found = parse(planted.format), []
    for canary, (secret, name) in enumerate(zip(planted.secrets, planted.ids, strict=True), 1):
        asks: tuple[dict[str, Any], ...] = ({"role": "user", "content": form.asks(canary).strip()},)
        found.append(Question(SUITE, name, asks, form.answers(secret).strip(), 0, task=CANARY))
    return found


def _question(example: Example, task: str) -> Question:
    if example.text is not None:
        return Question(SUITE, example.id, ({"role": "text", "content": example.text},), None, 0, task=task,
                        group=example.group)
    messages, turn = exchange(example)
    return Question(SUITE, example.id, messages, spoken(turn) if turn else None, 0, turn, task, example.tools,
                    example.group)


def _decidable(canaries: int, spec: EvaluateSpec) -> None:
    """Raises Fault if the best rank there is would flag no canary."""
    needed = round(canaries / FALSE) - 1
    if spec.privacy.candidates is not None and spec.privacy.candidates < needed:
        raise Fault(f"evaluate.privacy: of {canaries} canaries none could be flagged beside "
                    f"{spec.privacy.candidates:,} candidates: set `candidates: {needed + 1}`, or leave it out.")


PRIVACY = Suite(metrics=metrics, questions=questions, scores=scores, answers=answers)
