"""The rules of advice: a table, read from the top; the first that has a reason decides.

The numbers are rules of thumb, not measurements; they are named here, so that they can be argued with.
"""

from collections.abc import Callable

from tunewright.evaluate.advise.facts import Facts, Standing
from tunewright.evaluate.advise.records import Way

HELD_OUT = 50
"""Fewer items than this leave a share uncertain by more than 14 points on either side."""
EXAMPLES = 100
"""Fewer records than this seldom teach more than the examples in a prompt do."""
LEFT_OUT = 0.2
"""If more of the records than this are no use, the others are seldom good."""
CHANGING = ("weekly", "daily")
"""What changes so often is out of date before a tune is released."""

Reason = Callable[[Facts], str]


def _unmeasured(facts: Facts) -> str:
    if not facts.bounds:
        return "the gate asks nothing of suite task that could be held against an arm: add a rule such as " \
               "`{metric: task/exact, at_least: 0.8}`"
    if facts.held_out < HELD_OUT:
        return f"{facts.held_out:,} held-out items are too few to compare anything: hold out at least {HELD_OUT}"
    return ""


def _reached(facts: Facts) -> str:
    arm = kept(facts)
    return f"{arm.arm} reaches what the gate asks without training ({arm.told})" if arm else ""


def _changing(facts: Facts) -> str:
    if facts.spec.knowledge not in CHANGING:
        return ""
    looked = facts.by_arm.get("retrieval")
    more = f"; arm retrieval has {looked.told}" if looked else "; name `evaluate.documents` to measure arm retrieval"
    return f"what it has to know changes {facts.spec.knowledge}, and a tune knows what was true when it was made{more}"


def _few(facts: Facts) -> str:
    if facts.examples >= EXAMPLES:
        return ""
    return (f"{facts.examples:,} training examples are few: collect at least {EXAMPLES}, or draft them and have them "
            "reviewed")


def _bad(facts: Facts) -> str:
    if facts.left_out <= LEFT_OUT:
        return ""
    return (f"{facts.left_out:.0%} of the records were no use (refused, doubled, leaked, or of too little quality): "
            "mend the sources, since what is left comes from them too")


def _worth_it(facts: Facts) -> str:
    near = [one.arm for one in facts.arms if one.stands == "open"]
    barred = [f"{one.arm}, but {facts.against(one)}" for one in facts.arms if one.stands == "reaches"]
    short = f"only {' and '.join(barred)}, reaches" if barred else "no arm without training is shown to reach"
    more = f" ({' and '.join(near)} may: the data cannot tell)" if near else ""
    return (f"{short} what the gate asks, {' and '.join(facts.bounds)}{more}; there are {facts.examples:,} examples to "
            "learn from")


RULES: tuple[tuple[Way, Reason], ...] = (
    ("measure", _unmeasured),
    ("keep", _reached),
    ("look up", _changing),
    ("collect", _few),
    ("mend", _bad),
    ("fine-tune", _worth_it),
)
"""Each way with what gives a reason for it, or an empty text."""


def kept(facts: Facts) -> Standing | None:
    """The first arm that reaches what the gate asks, and that nothing speaks against."""
    return next((one for one in facts.arms if one.stands == "reaches" and not facts.against(one)), None)


def advise(facts: Facts) -> tuple[Way, tuple[str, ...]]:
    """The way, and its reason first; then the reasons that would have decided after it."""
    found = [(way, reason) for way, because in RULES if (reason := because(facts))]
    ways = [one for one in found if one[0] != "fine-tune"] or found
    return ways[0][0], tuple(reason for _, reason in ways)
