"""From rules and reports to claims: which items a rule compares, and what it says of them."""

from collections.abc import Sequence
from dataclasses import replace

from tunewright.core.errors import Fault
from tunewright.core.items import About, Item, read_about, read_items
from tunewright.core.records import Report
from tunewright.core.store import Store
from tunewright.gate import cards
from tunewright.gate.claim import Claim, Words, number
from tunewright.gate.names import compares, expand, face
from tunewright.recipe import RuleSpec
from tunewright.recipe.gate import CARD
from tunewright.stats import measure
from tunewright.stats.slices import divided

JUDGED = "tuned"


def claims(rules: Sequence[RuleSpec], report: Report, live: Report | None, store: Store,
           card: cards.Card | None = None) -> list[Claim]:
    """One claim for each rule, each metric it means and each slice. Raises Fault for an unknown metric, an arm that was
    not measured, a bound on the wrong side, or a field without slices."""
    if JUDGED not in report.arms:
        raise Fault("gate: the report has no tuned arm to judge: add `tuned` to `evaluate.arms` in the recipe.")
    items, about = read_items(store, report), read_about(store, report)
    theirs = read_items(store, live) if live and any(rule.against == "live" for rule in rules) else None
    found: list[Claim] = []
    for rule in rules:
        if rule.metric == CARD:
            found.append(_card(rule, card or {}))
            continue
        for name in expand(rule.metric, about.names):
            face(rule, name, about.measures)
            found += [claim(rule, name, part, theirs, report.arms, about, value)
                      for value, part in _parts(rule, name, items, about)]
    return found


def claim(rule: RuleSpec, name: str, items: Sequence[Item], live: Sequence[Item] | None, arms: Sequence[str],
          about: About, value: str = "") -> Claim:
    """The claim of one rule about one metric; `items` are those of the slice `value`, if the rule goes by slices."""
    if not compares(rule):
        return _sliced(_level(rule, name, items, about), rule, value)
    if rule.against == "live" and not measure.select(items, name, "live", about):  # else it answered these items itself
        if live is None:
            return _sliced(_without(rule, name, f"{name}: nothing live to compare with", passes=True), rule, value)
        theirs = measure.select(live, name, JUDGED, about)
        return _sliced(_change(rule, name, items, theirs, about, counted=not value), rule, value)
    if rule.against not in arms:
        raise Fault(f"gate: rule on {rule.metric} compares with {rule.against}, which the report does not have: add "
                    f"`{rule.against}` to `evaluate.arms` in the recipe.")
    theirs = measure.select(items, name, rule.against, about)
    return _sliced(_change(rule, name, items, theirs, about, counted=False), rule, value)


def _parts(rule: RuleSpec, name: str, items: Sequence[Item], about: About) -> list[tuple[str, Sequence[Item]]]:
    """The items that each claim of a rule is about: all, or those of one slice, with the answers of every arm."""
    if not rule.by:
        return [("", items)]
    found: list[tuple[str, Sequence[Item]]] = []
    for value, held in divided(measure.select(items, name, JUDGED, about), rule.by).items():
        asked = {item.item for item in held}
        found.append((value, [item for item in items if item.item in asked]))
    if not found:
        raise Fault(f"gate: {name} has no items that could be divided by {rule.by}.")
    return found


def _sliced(claim: Claim, rule: RuleSpec, value: str) -> Claim:
    """The claim as that of one slice."""
    if not rule.by:
        return claim
    where = f" where {rule.by} is {value}"
    subject = claim.words.subject.replace(claim.metric, claim.metric + where, 1)
    return replace(claim, rule=claim.rule + where, words=replace(claim.words, subject=subject),
                   note=claim.note.replace(claim.metric, claim.metric + where, 1))


def _card(rule: RuleSpec, fields: cards.Card) -> Claim:
    assert rule.at_least is not None
    if not fields:
        return _without(rule, CARD, f"{CARD}: nothing is known of the cards here")
    outcome, told = cards.judge(fields, rule.at_least)
    return replace(_without(rule, CARD, f"{CARD} {number(cards.share(fields))}: {told}"), default=outcome)


def words(rule: RuleSpec) -> str:
    """A rule as in the recipe: `at_least 0.8`, `drop_at_most 0.05 against base`."""
    key, bound = next((key, getattr(rule, key)) for key in ("at_least", "at_most", "drop_at_most", "rise_at_least")
                      if getattr(rule, key) is not None)
    return f"{key} {bound:g}" + (f" against {rule.against}" if compares(rule) else "")


def _level(rule: RuleSpec, name: str, items: Sequence[Item], about: About) -> Claim:
    """The tuned arm's own figure against a bound."""
    ours = measure.select(items, name, JUDGED, about)
    estimate = measure.figure(ours, name, about)
    if estimate is None:
        return _without(rule, name, f"{name} has no items: nothing was measured")
    at_least = rule.at_least is not None
    bound = rule.at_least if rule.at_least is not None else rule.at_most
    assert bound is not None
    wish, not_it = ("is at least", "is below") if at_least else ("is at most", "is above")
    told = Words(name, f" {wish} {_bound(bound)}", f" {not_it} {_bound(bound)}", f"{wish} {_bound(bound)}")
    return Claim(name, words(rule), told, estimate, bound, at_least, answers=_answers(ours))


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
    return Claim(name, words(rule), told, estimate, bound, better, note, neutral=0.0 if dropping else None,
                 answers=_answers([one for one, _ in paired]))


def _answers(items: Sequence[Item]) -> float:
    """Answers to one question, of which a person counts the questions."""
    return len(items) / len({item.item for item in items})


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
