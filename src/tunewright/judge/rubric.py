"""How good each answer is, from 1 to 5, by each criterion: every arm's answers are rated by themselves."""

from collections.abc import Sequence

from tunewright.core.items import Item, Measure
from tunewright.core.judged import Judged, Judgement
from tunewright.judge import asking
from tunewright.judge.material import answered, orders, some
from tunewright.judge.tries import Asking, Question, Tell, ask
from tunewright.recipe.judge import RubricSpec

BEST = 5.0


def names(spec: RubricSpec) -> dict[str, Measure]:
    """The metrics of such a judge: a mean from 1 to 5 for each criterion, and the share without a rating."""
    rated = Measure(ceiling=BEST)
    return {**dict.fromkeys(spec.criteria, rated), "invalid": Measure(higher_is_better=False)}


def judge(spec: RubricSpec, items: Sequence[Item], asker: Asking, tell: Tell
          ) -> tuple[list[Item], Judged, list[Judgement]]:
    """Have every arm's answers rated. Two arms that say the same to one question are rated once."""
    arms = list(dict.fromkeys(item.arm for item in items))
    by_arm = {arm: {item.item: item for item in answered(items, spec.suites, arm)} for arm in arms}
    questions_of = some([item.item for item in by_arm.get("tuned", {}).values()], spec.items, spec.seed)
    told = asking.rubric(spec.criteria, spec.reference)
    rated = [item for arm in arms for name in questions_of if (item := by_arm[arm].get(name))]
    distinct = list({(item.item, item.answer): item for item in rated}.values())
    replies = ask(spec, [_question(spec, item, by_arm["tuned"][item.item], told) for item in distinct],
                  asking.rubric_schema(spec.criteria), asker, tell)
    said = {(item.item, item.answer): reply for item, reply in zip(distinct, replies, strict=True)}
    found, single = [], []
    for item in rated:
        reply = said[item.item, item.answer]
        scores = {name: float(value) for name, value in (reply.said or {}).items()}
        invalid = {"invalid": float(reply.said is None)}
        found.append(Item(spec.name, item.item, item.arm, group=item.group, scores=scores | invalid))
        single.append(Judgement(spec.name, item.item, scores, arm=item.arm, request=reply.request))
    about = Judged(spec.name, "rubric", "", "", len(rated), same=len(rated) - len(distinct),
                   invalid=sum(reply.said is None for reply in replies),
                   again=sum(reply.tries > 1 for reply in replies),
                   orders=sum(orders(item.answer or "") for item in distinct),
                   provenance={"prompt": told, "judgements": len(replies)})
    return found, about, single


def _question(spec: RubricSpec, item: Item, ours: Item, told: str) -> Question:
    """The request is shown as the tuned arm got it, without the examples that another arm was given."""
    reference = {"expected": item.expected} if spec.reference and item.expected is not None else {}
    return Question(item.item, item.answer or "",
                    asking.conversation(told, ours.prompt, answer=item.answer or "", **reference))
