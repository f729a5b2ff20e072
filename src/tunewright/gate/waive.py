"""Waivers: somebody takes a rule that did not pass on themselves, with a reason, in the ledger.

A waiver is about one rule over one report. Another report, or another bound, is judged afresh.
"""

import difflib
from collections.abc import Mapping, Sequence

from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.core.identity import actor
from tunewright.core.ledger import Ledger
from tunewright.core.records import RuleResult, Verdict, Waiver
from tunewright.gate.outcome import overall

ACTION = "waive"
DRY = "dry run"
"""The entry of a waiver that was not written."""

Waivers = Mapping[str, Waiver]
"""Waivers by the name of their rule."""


def waivers(ledger: Ledger, report: str) -> dict[str, Waiver]:
    """Every waiver over the report of that digest; of two about one rule the first."""
    found: dict[str, Waiver] = {}
    for entry in ledger.entries(action=ACTION):
        if entry.data["report"] == report:
            found.setdefault(entry.data["rule"], Waiver(was=entry.data["outcome"], by=entry.by, why=entry.why,
                                                        entry=entry.digest))
    return found


def waived(results: Sequence[RuleResult], granted: Waivers) -> list[RuleResult]:
    """The results with those waived that did not pass and have a waiver."""
    return [result.model_copy(update={"outcome": "waived", "waiver": granted[result.name].model_copy(
                update={"was": result.outcome})})
            if result.name in granted and result.outcome in ("fail", "undecided") else result for result in results]


def waive(ledger: Ledger, verdict: Verdict, rules: Sequence[str], by: str | None, why: str, *,
          dry_run: bool = False) -> Verdict:
    """The verdict with these rules waived: one ledger entry for each, none in a dry run.

    A rule is called by its metric, or by `metric: rule` as the verdict has it. Raises Fault for a rule that is not
    there, that passes, that is waived already or that several are called, and without a reason; then nothing is
    written.
    """
    if not why.strip():
        raise Fault("say why you waive: --why REASON goes into the ledger.")
    chosen = {result.name: result for result in (_called(verdict, rule) for rule in rules)}
    granted: dict[str, Waiver] = {}
    for name, result in chosen.items():
        data = {"name": verdict.name, "report": verdict.report, "rule": name, "outcome": result.outcome}
        entry = DRY if dry_run else ledger.append(ACTION, verdict.name, by=actor(by), why=why, data=data).digest
        granted[name] = Waiver.model_validate({"was": result.outcome, "by": actor(by), "why": why, "entry": entry})
    results = tuple(waived(verdict.rules, granted))
    return verdict.model_copy(update={"rules": results, "outcome": overall(results)})


def _called(verdict: Verdict, called: str) -> RuleResult:
    """The rule of a verdict that a person means, which can be waived."""
    words = " ".join(called.replace(":", " ").split())
    found = [rule for rule in verdict.rules if words in (rule.metric, " ".join(rule.name.replace(":", " ").split()))]
    if not found:
        names = sorted({rule.metric for rule in verdict.rules} | {rule.name for rule in verdict.rules})
        close = difflib.get_close_matches(called, names, n=1, cutoff=0.4)
        mend = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(names)}."
        raise Fault(f"the gate has no rule `{called}` that could be waived: {mend}")
    blocking = [rule for rule in found if rule.outcome in ("fail", "undecided")]
    if not blocking:
        waiver = found[0].waiver
        why = f"it is waived already, by {waiver.by} (entry {short(waiver.entry)})" if waiver else "it passes"
        raise Fault(f"rule `{found[0].name}` need not be waived: {why}.")
    if len(blocking) > 1:
        raise Fault(f"`{called}` means {len(blocking)} rules that did not pass: name one of "
                    f"{', '.join(f'`{rule.name}`' for rule in blocking)}.")
    return blocking[0]
