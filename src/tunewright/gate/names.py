"""Which metrics a rule means, and the refusal of one that means none, before or after a report is made."""

import difflib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from tunewright.core.errors import Fault
from tunewright.core.items import Measure
from tunewright.recipe import EvaluateSpec, RuleSpec
from tunewright.recipe.evaluate import TASK_ARMS, TIMINGS
from tunewright.recipe.gate import CARD, MARGIN


def check(rules: Sequence[RuleSpec], measures: Mapping[str, Measure | None], spec: EvaluateSpec) -> None:
    """Raises Fault if a rule names a metric that is not in `measures`, bounds one on the wrong side, or names an arm
    that `spec` does not measure.

    Meant to be called before training: a gate that can never be judged should not cost an hour to find out.
    """
    for rule in rules:
        if rule.metric == CARD:
            continue
        for name in expand(rule.metric, [*measures]):
            face(rule, name, measures)
        if rule.by and rule.by not in spec.slices:
            raise Fault(f"rule on {rule.metric} goes by {rule.by}, which is no slice: add `{rule.by}` to "
                        "`evaluate.slices` in the recipe.")
        if "tuned" not in spec.arms:
            raise Fault("a gate judges the tuned arm: add `tuned` to `evaluate.arms` in the recipe.")
        if compares(rule) and rule.against != "live" and rule.against not in spec.arms:
            raise Fault(f"rule on {rule.metric} compares with {rule.against}, which is not measured: add "
                        f"`{rule.against}` to `evaluate.arms` in the recipe, or choose another `against`.")
        if compares(rule) and rule.against in TASK_ARMS and not rule.metric.startswith("task/"):
            raise Fault(f"rule on {rule.metric} compares with {rule.against}, which only answers suite task: "
                        "use `against: base`.")


def expand(pattern: str, names: Sequence[str]) -> list[str]:
    """The metrics that a rule's `metric` means. Raises Fault naming the nearest if there is none.

    A bare `*` means what answers are worth: what they take (`latency_p95`, `cost_per_1000`) is in other units, and no
    bound fits both. Before a report is made, `names` may be patterns too, for what is named after the data.
    """
    found = [name for name in names if fnmatchcase(name, pattern)] if "*" in pattern else [
        name for name in names if name == pattern or ("*" in name and fnmatchcase(pattern, name))]
    if pattern.rpartition("/")[2] == "*":
        found = [name for name in found if name.partition("/")[2] not in TIMINGS]
    if not found:
        close = difflib.get_close_matches(pattern, names, n=1, cutoff=0.4)
        mend = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(names) or 'none'}."
        raise Fault(f"gate: no metric `{pattern}` in the report: {mend}")
    return found


def face(rule: RuleSpec, name: str, measures: Mapping[str, Measure | None]) -> None:
    """Raises Fault for a level that bounds metric `name` on its good side: what is worse would pass.

    Tasks of suite `harness` are others' work, and not all say which side is good: theirs is then left to the recipe.
    """
    from tunewright.stats import measure

    how = measure.stated(name, measures)
    if compares(rule) or (how is None and name.startswith("harness/")):
        return
    less = how is not None and not how.higher_is_better
    if less == (rule.at_least is not None):
        said, meant, good = ("at_least", "at_most", "less") if less else ("at_most", "at_least", "more")
        apart = f", and bound apart what else `{rule.metric}` means" if "*" in rule.metric else ""
        raise Fault(f"gate: {good} of {name} is better, so with `{said}` what is worse would pass: write `{meant}`"
                    f"{apart}.")


def compares(rule: RuleSpec) -> bool:
    """Whether a rule looks at a paired difference, not at the tuned arm alone."""
    return rule.drop_at_most is not None or rule.rise_at_least is not None


def lacking(rules: Sequence[RuleSpec], spec: EvaluateSpec) -> list[str]:
    """What a gate does not guard though most should: one sentence each, for `tunewright check`."""
    found = []
    dropping = [rule for rule in rules if rule.drop_at_most is not None]
    if not any(rule.against == "live" for rule in dropping):
        found.append("no rule against live: a release may be worse than the one it replaces; add "
                     "`{metric: …, drop_at_most: 0.05, against: live}`")
    general = [rule for rule in dropping if rule.metric.startswith(("general/", "*")) and rule.against != "live"]
    least = min((rule.drop_at_most for rule in general if rule.drop_at_most is not None), default=0.0)
    if least > MARGIN:
        found.append(f"the margin on general is {least:g}, and {MARGIN:g} is usual: so much may be forgotten")
    if not general:
        more = "" if "general" in spec.suites else " and suite general"
        found.append("no rule on general: the model may forget what the base can do; add "
                     f"`{{metric: general/all, drop_at_most: 0.05}}`{more}")
    return found
