"""From the outcomes of rules to that of the gate."""

from collections.abc import Sequence

from tunewright.core.records import Outcome, RuleResult


def overall(results: Sequence[RuleResult]) -> Outcome:
    """Fail if any rule fails, pass only if all pass; waived ones stand in nobody's way."""
    outcomes = {result.outcome for result in results}
    return "fail" if "fail" in outcomes else "undecided" if "undecided" in outcomes else "pass"
