"""The checklist: what was asked, what is known, and what it says for the decision."""

from tunewright.evaluate.advise.facts import Facts
from tunewright.evaluate.advise.records import Check
from tunewright.evaluate.advise.rules import CHANGING, EXAMPLES, HELD_OUT, LEFT_OUT

_OPEN = "not answered: `--{}`"


def checks(facts: Facts) -> tuple[Check, ...]:
    """Every question, in the order in which it is told."""
    return (_knowledge(facts), _latency(facts), _private(facts), _cost(facts), _examples(facts), _quality(facts),
            _evaluation(facts))


def _knowledge(facts: Facts) -> Check:
    often = facts.spec.knowledge
    if often is None:
        return _unanswered("how often knowledge changes", "knowledge")
    says = "look it up: a tune would be out of date" if often in CHANGING else "a tune keeps up with that"
    return Check(question="how often knowledge changes", answer=often, says=says)


def _latency(facts: Facts) -> Check:
    limit = facts.spec.latency
    if limit is None:
        return _unanswered("how fast an answer must be", "latency")
    known = [one for one in facts.arms if one.seconds is not None]
    slow = [one.arm for one in known if one.seconds is not None and one.seconds > limit]
    says = f"too slow: {', '.join(slow)}" if slow else "no arm is too slow" if known else \
        "unknown: set `evaluate.latency: {alone: 20}`"
    return Check(question="how fast an answer must be", answer=f"{limit:g} s", says=says)


def _private(facts: Facts) -> Check:
    if facts.spec.private is None:
        return _unanswered("whether prompts must stay here", "private")
    says = "no endpoint of others" if facts.spec.private else "an endpoint may answer"
    return Check(question="whether prompts must stay here", answer="yes" if facts.spec.private else "no", says=says)


def _cost(facts: Facts) -> Check:
    limit = facts.spec.cost
    if limit is None:
        return _unanswered("what 1,000 answers may cost", "cost")
    known = [one for one in facts.arms if one.cost is not None]
    dear = [one.arm for one in known if one.cost is not None and one.cost > limit]
    says = f"too dear: {', '.join(dear)}" if dear else "no arm is too dear" if known else \
        "unknown: set `evaluate.prices`"
    return Check(question="what 1,000 answers may cost", answer=f"{limit:g}", says=says)


def _examples(facts: Facts) -> Check:
    says = f"few: {EXAMPLES} or more teach better" if facts.examples < EXAMPLES else "enough to try"
    return Check(question="how many examples there are", says=says,
                 answer=f"{facts.examples:,}, {facts.distinct:,} different answers")


def _quality(facts: Facts) -> Check:
    says = "mend the sources first" if facts.left_out > LEFT_OUT else "good enough"
    return Check(question="how good they are", answer=f"{facts.left_out:.0%} were no use", says=says)


def _evaluation(facts: Facts) -> Check:
    says = "it can tell" if facts.bounds and facts.held_out >= HELD_OUT else "it cannot tell yet"
    bounds = f"{len(facts.bounds)} bound{'s' * (len(facts.bounds) != 1)}"
    return Check(question="whether there is an evaluation", answer=f"{facts.held_out:,} items, {bounds}", says=says)


def _unanswered(question: str, option: str) -> Check:
    return Check(question=question, answer="", says=_OPEN.format(option))
