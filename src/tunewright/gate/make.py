"""Make a verdict: every rule on every metric it means, judged item by item."""

from collections.abc import Sequence

from tunewright.core.digest import digest_json
from tunewright.core.records import Report, Verdict
from tunewright.core.run import Run
from tunewright.core.store import Store
from tunewright.recipe import RuleSpec

VERSION = 1
STAGE = "gate"


def make(rules: Sequence[RuleSpec], report: Report, live: Report | None, store: Store, name: str, run: Run) -> Verdict:
    """Judge a report, against the live release's report where a rule asks for it; from the cache if nothing changed.

    Raises Fault for a rule on a metric or an arm that the report does not have.
    """
    told = [rule.model_dump(mode="json") for rule in rules]
    against = live.digest if live and any(rule.against == "live" for rule in rules) else None
    inputs = {"rules": told, "report": report.digest, "live": against, "name": name}

    def work() -> Verdict:
        from tunewright.gate.claim import judge, overall
        from tunewright.gate.rules import claims

        results = tuple(judge(claims(rules, report, live, store)))
        return Verdict(name=name, spec=digest_json(told), report=report.digest, against=against,
                       outcome=overall(results), rules=results)

    verdict = run.cached(STAGE, VERSION, inputs, Verdict, work)
    if STAGE in run.fresh:
        tell(verdict, run)
    return verdict


def tell(verdict: Verdict, run: Run) -> None:
    """Say the verdict, and a sentence for each rule that did not pass."""
    passed = sum(rule.outcome == "pass" for rule in verdict.rules)
    run.say(STAGE, f"{verdict.outcome}: {passed} of {len(verdict.rules)} rules passed")
    for rule in verdict.rules:
        if rule.outcome != "pass":
            run.say(STAGE, f"  {rule.outcome}: {rule.sentence}")
