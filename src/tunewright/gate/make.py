"""Make a verdict: every rule on every metric it means, judged item by item."""

from collections.abc import Sequence

from tunewright.core.digest import digest_json
from tunewright.core.records import Report, RuleResult, Verdict
from tunewright.core.run import Run
from tunewright.core.store import Store
from tunewright.gate.cards import Card
from tunewright.gate.outcome import overall
from tunewright.gate.waive import waived, waivers
from tunewright.recipe import RuleSpec
from tunewright.recipe.gate import CARD

VERSION = 2
STAGE = "gate"
_TOLD = 20  # rules that did not pass which are told one by one


def make(rules: Sequence[RuleSpec], report: Report, live: Report | None, store: Store, name: str, run: Run,
         card: Card | None = None) -> Verdict:
    """Judge a report, against the live release's report where a rule asks for it; from the cache if nothing changed.

    `card` has the fields of the dataset's and the model's card, for a rule on them. Rules that the ledger says are
    waived over this report stand in nobody's way. Raises Fault for a rule on a metric or an arm that the report does
    not have.
    """
    told = [rule.model_dump(mode="json") for rule in rules]
    against = live.digest if live and any(rule.against == "live" for rule in rules) else None
    granted = waivers(run.home.ledger, report.digest)
    inputs = {"rules": told, "report": report.digest, "live": against, "name": name,
              "card": dict(card or {}) if any(rule.metric == CARD for rule in rules) else None,
              "waivers": {rule: waiver.entry for rule, waiver in granted.items()}}

    def work() -> Verdict:
        from tunewright.gate.claim import judge
        from tunewright.gate.rules import claims

        results = tuple(waived(judge(claims(rules, report, live, store, card)), granted))
        return Verdict(name=name, spec=digest_json(told), report=report.digest, against=against,
                       outcome=overall(results), rules=results)

    verdict = run.cached(STAGE, VERSION, inputs, Verdict, work)
    if STAGE in run.fresh:
        tell(verdict, run)
    return verdict


def tell(verdict: Verdict, run: Run) -> None:
    """Say the verdict, and a sentence for each rule that did not pass."""
    passed = sum(rule.outcome == "pass" for rule in verdict.rules)
    run.say(STAGE, f"{verdict.told}: {passed} of {len(verdict.rules)} rules passed")
    rest = [rule for rule in verdict.rules if rule.outcome != "pass"]
    for rule in rest[:_TOLD]:
        run.say(STAGE, f"  {sentence(rule)}")
    if len(rest) > _TOLD:
        run.say(STAGE, f"  … and {len(rest) - _TOLD:,} more that did not pass")


def sentence(rule: RuleResult) -> str:
    """What a rule said, and who waived it."""
    waiver = rule.waiver
    end = f" ({waiver.was}; waived by {waiver.by}: {waiver.why})" if waiver else ""
    return f"{rule.outcome}: {rule.sentence}{end}"
