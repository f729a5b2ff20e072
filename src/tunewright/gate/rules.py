"""From rules and reports to claims: which items a rule compares, and what it says of them."""

from collections.abc import Sequence

from tunewright.core.errors import Fault
from tunewright.core.items import About, Item, read_about, read_items
from tunewright.core.records import Report
from tunewright.core.store import Store
from tunewright.gate.claim import Claim, Words, number
from tunewright.gate.names import compares, expand
from tunewright.recipe import RuleSpec
from tunewright.stats import measure

JUDGED = "tuned"


def claims(rules: Sequence[RuleSpec], report: Report, live: Report | None, store: Store) -> list[Claim]:
    """One claim for each rule and each metric it means. Raises Fault for an unknown metric or an arm not measured."""
    if JUDGED not in report.arms:
        raise Fault("gate: the report has no tuned arm to judge: add `tuned` to `evaluate.arms` in the recipe.")
    items, about = read_items(store, report), read_about(store, report)
    theirs = read_items(store, live) if live and any(rule.against == "live" for rule in rules) else None
    return [claim(rule, name, items, theirs, report.arms, about)
            for rule in rules for name in expand(rule.metric, about.names)]


def claim(rule: RuleSpec, name: str, items: Sequence[Item], live: Sequence[Item] | None, arms: Sequence[str],
          about: About) -> Claim:
    """The claim of one rule about one metric."""
    if not compares(rule):
        return _level(rule, name, items, about)
    if rule.against == "live":
        if live is None:
            return _without(rule, name, f"{name}: nothing live to compare with", passes=True)
        return _change(rule, name, items, measure.select(live, name, JUDGED, about), about, counted=True)
    if rule.against not in arms:
        raise Fault(f"gate: rule on {rule.metric} compares with {rule.against}, which the report does not have: add "
                    f"`{rule.against}` to `evaluate.arms` in the recipe.")
    return _change(rule, name, items, measure.select(items, name, rule.against, about), about, counted=False)


def words(rule: RuleSpec) -> str:
    """A rule as in the recipe: `at_least 0.8`, `drop_at_most 0.05 against base`."""
    key, bound = next((key, getattr(rule, key)) for key in ("at_least", "at_most", "drop_at_most", "rise_at_least")
                      if getattr(rule, key) is not None)
    return f"{key} {bound:g}" + (f" against {rule.against}" if compares(rule) else "")


def _level(rule: RuleSpec, name: str, items: Sequence[Item], about: About) -> Claim:
    """The tuned arm's own figure against a bound."""
    estimate = measure.figure(measure.select(items, name, JUDGED, about), name, about)
    if estimate is None:
        return _without(rule, name, f"{name} has no items: nothing was measured")
    at_least = rule.at_least is not None
    bound = rule.at_least if rule.at_least is not None else rule.at_most
    assert bound is not None
    wish, not_it = ("is at least", "is below") if at_least else ("is at most", "is above")
    told = Words(name, f" {wish} {_bound(bound)}", f" {not_it} {_bound(bound)}", f"{wish} {_bound(bound)}")
    return Claim(name, words(rule), told, estimate, bound, at_least)


def _change(rule: RuleSpec, name: str, items: Sequence[Item], theirs: Sequence[Item], about: About, *,
            counted: bool) -> Claim:
    """The paired difference tuned less `against`. A drop is a change for the worse, a rise one for the better."""
    ours = measure.select(items, name, JUDGED, about)
    paired = measure.pairs(ours, theirs)
    estimate = measure.difference(paired, name, about)
    note = _left_out(ours, theirs) if counted else ""
    if estimate is None:
        return _without(rule, name, f"{name} has no items in common with {rule.against}: nothing to compare"
                        + (f" ({note})" if note else ""))
    dropping = rule.drop_at_most is not None
    most = rule.drop_at_most if rule.drop_at_most is not None else rule.rise_at_least
    assert most is not None
    better = measure.higher_is_better(name, about)
    bound = (-most if dropping else most) * (1 if better else -1)
    now, then = (number(measure.value(side, name, about)) for side in zip(*paired, strict=True))
    subject = f"{name} {now} against {rule.against} {then} changed by"
    told = _changed(subject, _bound(most), dropping=dropping, better=better)
    return Claim(name, words(rule), told, estimate, bound, better, note, neutral=0.0 if dropping else None)


def _changed(subject: str, most: str, *, dropping: bool, better: bool) -> Words:
    """A figure that should fall is never said to drop for the worse."""
    if dropping:
        verb, past = ("drop", "dropped") if better else ("get worse", "got worse")
        return Words(subject, f": it did not {verb} by more than {most}", f": it {past} by more than {most}",
                     f"{past} by more than {most}")
    past = "rose" if better else "got better"
    return Words(subject, f": it {past} by at least {most}", f": it {past} by less than {most}",
                 f"{past} by at least {most}")


def _without(rule: RuleSpec, name: str, why: str, *, passes: bool = False) -> Claim:
    return Claim(name, words(rule), Words(name, "", "", ""), None, 0.0, True, why, "pass" if passes else "undecided")


def _left_out(ours: Sequence[Item], theirs: Sequence[Item]) -> str:
    here, there = ({item.item for item in side} for side in (ours, theirs))
    only_ours, only_theirs = len(here - there), len(there - here)
    if not only_ours and not only_theirs:
        return ""
    return f"left out: {only_ours:,} items only in this report, {only_theirs:,} only in the live one's"


def _bound(value: float) -> str:
    """A bound as the recipe wrote it, with at least two decimals."""
    return number(value) if round(value, 2) == value else f"{value:g}"
